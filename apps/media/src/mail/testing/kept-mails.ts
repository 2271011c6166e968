import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import PostalMime, { type Email } from 'postal-mime'

export interface KeptMail extends Email {
  readonly raw: string
}

/** The mails that lie in a folder, read as a mail program does. */
export async function keptMails(folder: string): Promise<KeptMail[]> {
  const names = await readdir(folder).catch(() => [])
  const mails = names
    .filter((name) => name.endsWith('.eml'))
    .map(async (name) => {
      const raw = await readFile(join(folder, name), 'utf8')
      return { ...(await PostalMime.parse(raw)), raw }
    })
  return Promise.all(mails)
}

/** Those of one message. */
export async function keptMailsOf(folder: string, id: string): Promise<KeptMail[]> {
  return (await keptMails(folder)).filter(({ messageId }) => messageId?.startsWith(`<${id}@`))
}

export const headerOf = ({ headers }: Email, name: string): string | undefined => headers.find(({ key }) => key === name)?.value
