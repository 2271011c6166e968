import { access, constants, mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { type Mailer, MailNotSent } from '../../mail/mailer.ts'
import { mailFields } from './mail-fields.ts'

/** Keeps mails as files, each under the id of its message: one that is sent again is the same file. Any mail program opens them. */
export function createFolderMailer({ folder, from }: { readonly folder: string; readonly from: string }): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true })
  const prepare = () => mkdir(folder, { recursive: true, mode: 0o700 })
  return {
    send: async (mail, signal) => {
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
  }
}
