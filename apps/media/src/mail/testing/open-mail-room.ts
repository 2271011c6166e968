import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import { createMessenger } from '@holdfast/messenger'
import { sqlTransport } from '@holdfast/messenger/sql'
import { openTestAccounts } from '../../accounts/test-accounts.ts'
import { openFolderBlobs } from '../../adapters/folder-blobs.ts'
import { createFolderMailer } from '../../adapters/mail/folder-mailer.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { MediaLimits } from '../../media/limits.ts'
import { kinds } from '../../media/media-type.ts'
import { receiveUpload } from '../../media/receive-upload.ts'
import { restoreFile } from '../../media/restore-file.ts'
import { storeFiles } from '../../media/store-files.ts'
import { trashFile } from '../../media/trash-file.ts'
import { mailHandlers } from '../../worker/mail-handlers.ts'
import type { Language } from '../language.ts'
import type { Mailer } from '../mailer.ts'
import { mailMessages } from '../messages.ts'
import { keptMails } from './kept-mails.ts'

export interface WorkOptions {
  readonly mailer?: Pick<Mailer, 'send'>
  readonly language?: Language
}

/** Days that files stay in the trash. */
const graceDays = 30

const limits: MediaLimits = {
  maxBytes: Object.fromEntries(kinds.map((kind) => [kind, 1_000])) as MediaLimits['maxBytes'],
  acceptedKinds: new Set(kinds),
  tenantQuotaBytes: undefined,
  reservationMs: 60_000,
  purgeDelayMs: graceDays * 24 * 3_600_000,
}

/** Accounts, files and mails on a real database, with a folder for all mailboxes. Time stands still until it is advanced, and messages wait until `work` is called. */
export async function openMailRoom(t: TestContext) {
  const house = await openTestAccounts(t, /./)
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-mail-'))
  t.after(() => rm(folder, { recursive: true }))
  const mailbox = join(folder, 'mailbox')
  const inFolder = createFolderMailer({ folder: mailbox, from: 'media@holdfast.example' })
  const media = { ...house, now: house.clock, reached: () => undefined, limits, blobs: await openFolderBlobs(join(folder, 'blobs')) }
  const messengerOf = ({ mailer = inFolder, language = 'en' }: WorkOptions) =>
    createMessenger({
      transport: sqlTransport(house.database),
      contracts: mailMessages,
      handlers: mailHandlers({
        read: house.read,
        inTransaction: house.inTransaction,
        now: house.clock,
        mailer,
        language,
        url: 'https://media.example',
        operators: 'ops@house.example',
      }),
    })
  const { failed, schedule, stats } = messengerOf({})
  return {
    ...house,
    ...{ failed, schedule, stats },
    upload: async (principal: Principal, name: string, folderId: string | null = null): Promise<string> => {
      const received = await receiveUpload(media, principal, {
        bytes: Readable.from([Buffer.from(name)]),
        signal: new AbortController().signal,
      })
      const [file] = await house.inTransaction((tx) => storeFiles(media, tx, principal, [{ received, name, folderId }]))
      return file?.id ?? ''
    },
    trash: (principal: Principal, fileId: string) => house.inTransaction((tx) => trashFile(media, tx, principal, fileId)),
    restore: (principal: Principal, fileId: string) => house.inTransaction((tx) => restoreFile(tx, principal, fileId)),
    /** Handles what is due until nothing is. */
    work: async (options: WorkOptions = {}) => {
      const worker = messengerOf(options).worker()
      while ((await worker.runOnce()) > 0);
    },
    mails: () => keptMails(mailbox),
    mailsTo: async (address: string) => (await keptMails(mailbox)).filter(({ to }) => to?.some((each) => each.address === address)),
  }
}
