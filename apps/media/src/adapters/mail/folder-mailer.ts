import { access, constants, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Mailer, MailNotSent } from '../../mail/mailer.ts'
import { mailFields } from './mail-fields.ts'

export interface FolderMailer extends Mailer {
  /** Clears away the mails that were written before. Gives how many. */
  prune(beforeMs: number): Promise<number>
}

/** What this mailer has written, also half. */
const ours = /^[\da-f-]{36}\.eml(\.part)?$/

/**
 * Keeps mails as files, each under the id of its message: one that is sent again is the same file. Any mail program opens them. The library
 * that composes them takes memory: it is loaded with the first.
 */
export function createFolderMailer({ folder, from }: { readonly folder: string; readonly from: string }): FolderMailer {
  const prepare = () => mkdir(folder, { recursive: true, mode: 0o700 })
  return {
    send: async (mail, signal) => {
      const { createTransport } = await import('nodemailer')
      const transport = createTransport({ streamTransport: true, buffer: true })
      const { message } = await transport.sendMail({ ...mailFields(from, mail), signal })
      const path = join(folder, `${mail.id}.eml`)
      try {
        await prepare()
        await writeFile(`${path}.part`, message, { mode: 0o600 })
        await rename(`${path}.part`, path)
      } catch (cause) {
        throw new MailNotSent('away', 'the mail could not be written to its folder', { cause })
      }
    },
    check: async () => {
      await prepare()
      await access(folder, constants.W_OK)
    },
    prune: async (beforeMs) => {
      await prepare()
      let pruned = 0
      for (const name of (await readdir(folder)).filter((found) => ours.test(found))) {
        const path = join(folder, name)
        // Another process may have cleared it away meanwhile.
        const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: beforeMs }))
        if (mtimeMs >= beforeMs) continue
        await rm(path, { force: true })
        pruned++
      }
      return pruned
    },
  }
}
