import type { FolderMailer } from '../adapters/mail/folder-mailer.ts'
import type { Metrics } from '../http/metrics.ts'
import type { WatchDeps } from '../kernel/watch-part.ts'
import type { Mailer } from '../mail/mailer.ts'
import { type WatchedMailer, watchMailer } from '../mail/watched-mailer.ts'
import { addressed } from './addressed.ts'

/** Where mails go, and whom they are from. */
export interface MailPlace {
  readonly to: { readonly folder: string } | { readonly url: string }
  readonly from: string
}

export interface OpenedMailer {
  readonly mailer: WatchedMailer
  /** Undefined where mails are files. */
  readonly smtp: Pick<WatchedMailer, 'check'> | undefined
  /** Clears away the files that were written before; undefined where mails are none. */
  readonly prune: FolderMailer['prune'] | undefined
}

interface MailerDeps extends Omit<WatchDeps, 'observe'> {
  readonly metrics: Pick<Metrics, 'callsOf' | 'observeCircuit'>
}

/** Nothing is connected before there is a mail: a server that is away keeps nobody from starting. Its driver is loaded where it is needed. */
export async function openMailer({ to, from }: MailPlace, { metrics, ...deps }: MailerDeps): Promise<OpenedMailer> {
  const count = metrics.callsOf('mail')
  const watch: WatchDeps = {
    ...deps,
    observe: (call) => {
      count(call)
      metrics.observeCircuit('mail', mailer.isAway())
    },
  }
  const bare: Mailer & { readonly prune?: FolderMailer['prune'] } =
    'folder' in to ? await folderMailer(to.folder, from) : await smtpMailer(to.url, from)
  const mailer = watchMailer(bare, watch)
  return { mailer, smtp: 'folder' in to ? undefined : mailer, prune: bare.prune }
}

async function folderMailer(folder: string, from: string) {
  const { createFolderMailer } = await import('../adapters/mail/folder-mailer.ts')
  return createFolderMailer({ folder, from })
}

async function smtpMailer(url: string, from: string) {
  const [{ createSmtpMailer }, { parseSmtpUrl }] = await Promise.all([
    import('../adapters/mail/smtp-mailer.ts'),
    import('../adapters/mail/smtp-address.ts'),
  ])
  return createSmtpMailer({ address: addressed('MAILER_DSN', () => parseSmtpUrl(url)), from, patienceMs: 10_000 })
}
