import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { inSpan } from '@holdfast/correlation/opentelemetry'
import type { SqlTransaction } from '@holdfast/database'
import { createMessenger, type Outbox } from '@holdfast/messenger'
import { createAccessTokens } from '../accounts/access-tokens.ts'
import { authenticate } from '../accounts/authenticate.ts'
import { createPasswordHashing } from '../accounts/password-hashing.ts'
import { openFolderSigningKeys } from '../adapters/signing-keys/folder-signing-keys.ts'
import { createMetrics } from '../http/metrics.ts'
import type { FileEvent, InTransaction, Tx } from '../kernel/tx.ts'
import { fileUpdate } from '../live/compose-file-update.ts'
import { mailMessages } from '../mail/messages.ts'
import type { CrashPoint } from '../media/crash-point.ts'
import { type DegradedDeps, noticeMissing } from '../media/degraded.ts'
import type { SignErasure } from '../media/erase-file.ts'
import { fileEvent, mediaMessages } from '../media/messages.ts'
import { signReceipt } from '../operations/receipt.ts'
import { foreignMessages, toldMessages } from '../worker/foreign-messages.ts'
import { liveHandler } from '../worker/live-handler.ts'
import { mailHandlers } from '../worker/mail-handlers.ts'
import { mediaHandlers } from '../worker/media-handlers.ts'
import type { Config } from './config.ts'
import { makeFolders } from './make-folders.ts'
import { openBlobs } from './open-blobs.ts'
import { openDatabase } from './open-database.ts'
import { openIdempotency } from './open-idempotency.ts'
import { openLive } from './open-live.ts'
import { openLog } from './open-log.ts'
import { openMailer } from './open-mailer.ts'
import { openSearch } from './open-search.ts'
import { openShared } from './open-shared.ts'
import { openThumbnailer } from './open-thumbnailer.ts'
import { openTransport } from './open-transport.ts'
import { around, currentStoryId, stamp } from './story-context.ts'

/** What tests put in place of the world. */
export interface Outside {
  readonly clock: () => number
  readonly reached: CrashPoint
}

export type Holdfast = Awaited<ReturnType<typeof openHoldfast>>

/**
 * Opens every part and ties them together; nothing listens and nothing works yet. What was opened is closed in reverse, also when a later
 * part fails to open. Throws ConfigError, DatabaseUnavailable and Failures of the parts.
 */
export async function openHoldfast(config: Config, outside: Partial<Outside> = {}) {
  const { clock = Date.now, reached = () => undefined } = outside
  await using opened = new AsyncDisposableStack()
  const log = openLog(config)
  await makeFolders(config)
  const metrics = createMetrics(() => messenger.stats(), clock)
  const database = opened.adopt(await openDatabase(config.database, { metrics, clock: outside.clock }), (open) => open.close())
  const { transport, broker } = opened.use(await openTransport(config.messages.brokerUrls, { metrics, database, log }))
  const { guard, houseMark, provide: provideStore, ...store } = await openBlobs(config.blobs, metrics)
  const keys = await openFolderSigningKeys(config.keysDir, clock)

  const bindTx = async ({ sql, outbox }: { readonly sql: SqlTransaction; readonly outbox: Outbox }): Promise<Tx> => ({
    sql,
    outbox,
    now: await database.now(),
    correlationId: currentStoryId(),
    feedsIndex: config.searchUrl !== undefined,
    tell: (event) => tell(outbox, event, { updatesIn: live.remote && 'external', hasBroker: broker !== undefined }),
    log,
  })
  const inTransaction: InTransaction = (work) =>
    inSpan('transaction', () => database.transaction(async (sql) => work(await bindTx({ sql, outbox: messenger.outbox(sql) }))))
  const alert: DegradedDeps['alert'] = (message, detail) => {
    metrics.countDegraded()
    log.error(detail, message)
  }
  const blobs = noticeMissing(store.blobs, { inTransaction, read: database.read, alert })
  const signErasure: SignErasure = async (claims) => signReceipt(await keys.current(), { ...claims, blobs: [...claims.blobs] })
  const thumbnailer = opened.use(openThumbnailer(config, metrics))
  const { thumbnailSizes, media: limits } = config
  const media = { inTransaction, read: database.read, blobs, alert, limits, thumbnailSizes, signErasure, reached, now: clock }
  const search = opened.use(openSearch(config.searchUrl, { ...media, log, metrics }))
  const live = openLive(config.live, { keys, read: database.read, inTransaction, clock, log, metrics, publicUrl: config.http.publicUrl })
  const mail = await openMailer(config.mail, { metrics, log, now: clock })

  const messenger = createMessenger({
    transport,
    needs: ['durable', 'shared'],
    contracts: [...mediaMessages, ...mailMessages, fileUpdate, ...(broker === undefined ? [] : [fileEvent])],
    handlers: [
      ...mediaHandlers({ ...media, thumbnailer, bindTx, wakeIndex: search?.wake }),
      ...mailHandlers({ ...media, mailer: mail.mailer, ...lettersOf(config) }),
      liveHandler({ bindTx, read: database.read, publisher: live.publisher, maxAgeMs: config.live.retentionMs, now: clock }),
    ],
    incoming: foreignMessages,
    outgoing: broker === undefined ? [] : toldMessages,
    stamp,
    around,
    observe: (delivery) => metrics.observeDelivery(delivery),
    retry: config.messages.retry,
    log,
  })
  const idempotency = openIdempotency(config.idempotency, { database, inTransaction, reached, log })
  const shared = opened.adopt(await openShared(config.redisUrls, { metrics, log, now: clock }), (open) => open.close())
  const accessTokens = createAccessTokens({ keys, ...audience, ttlSeconds: config.tokens.accessTtlMs / 1000, clock })

  const closing = opened.move()
  return {
    config,
    /** Names this process in leases. */
    holder: `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`,
    ...{ log, clock, database, blobs, guard, houseMark, provideStore, keys },
    ...{ media, thumbnailer, broker, search, shared, mail, live },
    ...{ messenger, metrics, idempotency },
    ...{ passwords: createPasswordHashing(), accessTokens },
    authenticate: (credential: string | undefined) => authenticate({ read: database.read, accessTokens, clock }, credential),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

/** Not the URL: every process of an installation takes the tokens of every other, wherever each listens. */
const audience = { issuer: 'holdfast', audience: 'holdfast' }

/** What stands in every mail. */
const lettersOf = ({ http: { host, port, publicUrl }, mail: { language, operators } }: Config) => ({
  ...{ language, operators },
  url: publicUrl ?? `http://${host}:${port}`,
})

interface Told {
  /** The lane of live updates, where it is not their own: nobody waits for a hub that is slow. */
  readonly updatesIn: 'external' | undefined
  readonly hasBroker: boolean
}

async function tell(outbox: Outbox, event: FileEvent, { updatesIn, hasBroker }: Told): Promise<void> {
  await outbox.dispatch(fileUpdate, event, { lane: updatesIn })
  if (hasBroker) await outbox.dispatch(fileEvent, event)
}
