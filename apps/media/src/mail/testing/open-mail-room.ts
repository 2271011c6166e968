import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createMessenger } from '@holdfast/messenger'
import { sqlTransport } from '@holdfast/messenger/sql'
import { openTestAccounts } from '../../accounts/test-accounts.ts'
import { createFolderMailer } from '../../adapters/mail/folder-mailer.ts'
import { mailHandlers } from '../../worker/mail-handlers.ts'
import type { Language } from '../language.ts'
import type { Mailer } from '../mailer.ts'
import { mailMessages } from '../messages.ts'
import { keptMails } from './kept-mails.ts'

export interface WorkOptions {
  readonly mailer?: Pick<Mailer, 'send'>
  readonly language?: Language
}

/** Accounts and their mails on a real database, with a folder for a mailbox. Time stands still until it is advanced, and messages wait until `work` is called. */
export async function openMailRoom(t: TestContext) {
  const house = await openTestAccounts(t)
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-mail-'))
  t.after(() => rm(folder, { recursive: true }))
  const inFolder = createFolderMailer({ folder, from: 'media@holdfast.example' })
  const messengerOf = ({ mailer = inFolder, language = 'en' }: WorkOptions) =>
    createMessenger({
      transport: sqlTransport(house.database),
      contracts: mailMessages,
      handlers: mailHandlers({ read: house.read, now: house.clock, mailer, language, url: 'https://media.example' }),
    })
  const { failed, schedule } = messengerOf({})
  return {
    ...house,
    failed,
    schedule,
    /** Handles what is due until nothing is. */
    work: async (options: WorkOptions = {}) => {
      const worker = messengerOf(options).worker()
      while ((await worker.runOnce()) > 0);
    },
    mails: () => keptMails(folder),
    mailsTo: async (address: string) => (await keptMails(folder)).filter(({ to }) => to?.some((each) => each.address === address)),
  }
}
