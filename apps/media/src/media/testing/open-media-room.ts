import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import type { Database } from '@holdfast/database'
import { chosenEngine } from '@holdfast/database/testing'
import { createMessenger } from '@holdfast/messenger'
import { sqlTransport } from '@holdfast/messenger/sql'
import { generateSigningKey } from '../../accounts/signing-keys.ts'
import { openFolderBlobs } from '../../adapters/folder-blobs.ts'
import { createInProcessCache } from '../../adapters/in-process/in-process-cache.ts'
import { createProgramThumbnailer } from '../../adapters/program-thumbnailer/program-thumbnailer.ts'
import { createSharpThumbnailer } from '../../adapters/sharp-thumbnailer/sharp-thumbnailer.ts'
import type { Principal, Role } from '../../kernel/principal.ts'
import type { InTransaction, Tx } from '../../kernel/tx.ts'
import { allMigrations } from '../../main/migrations.ts'
import { signReceipt } from '../../operations/receipt.ts'
import { mediaHandlers } from '../../worker/media-handlers.ts'
import type { CrashPoint } from '../crash-point.ts'
import { createFolder } from '../create-folder.ts'
import type { SignErasure } from '../erase-file.ts'
import type { File } from '../file.ts'
import type { Folder } from '../folder.ts'
import type { MediaLimits } from '../limits.ts'
import { kinds } from '../media-type.ts'
import { mediaMessages } from '../messages.ts'
import { type ReceivedUpload, receiveUpload, type Upload } from '../receive-upload.ts'
import { storeFiles } from '../store-files.ts'
import { openFollowedIndex } from './test-index.ts'

export const graceMs = 1_000_000
const thumbnailSizes = { small: 128, medium: 512 }
export const reservationMs = 60_000

export interface TestFile {
  readonly name: string
  readonly bytes?: string | Uint8Array
  readonly folderId?: string | null
  readonly declaredType?: string
}

export type MediaRoom = Awaited<ReturnType<typeof openMediaRoom>>

/**
 * The subject on a real database, a real folder of blobs and the real messenger, all gone after the test. The database's clock stands still
 * until it is advanced, and messages wait until `work` is called.
 */
export async function openMediaRoom(t: TestContext, limited: Partial<MediaLimits> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-media-'))
  let now = Date.now()
  const clock = () => now
  const engine = chosenEngine()
  const place = await engine.make(await allMigrations(engine.dialect))
  const database = place.open(clock)
  const closing = new AsyncDisposableStack()
  t.after(async () => {
    await closing.disposeAsync()
    await database.close()
    await place.remove()
    await rm(folder, { recursive: true })
  })

  const blobsFolder = join(folder, 'blobs')
  const blobs = await openFolderBlobs(blobsFolder)
  const limits: MediaLimits = {
    maxBytes: Object.fromEntries(kinds.map((kind) => [kind, 1_000_000])) as MediaLimits['maxBytes'],
    acceptedKinds: new Set(kinds),
    tenantQuotaBytes: undefined,
    reservationMs,
    purgeDelayMs: graceMs,
    ...limited,
  }
  const bindTx = async (opened: Pick<Tx, 'sql' | 'outbox'>): Promise<Tx> => ({
    ...opened,
    now,
    correlationId: randomUUID(),
    feedsIndex: search !== undefined,
    log: { info: () => undefined },
  })
  const transactionsOf =
    (opened: Database): InTransaction =>
    (work) =>
      opened.transaction(async (sql) => work(await bindTx({ sql, outbox: messenger.outbox(sql) })))
  const inTransaction = transactionsOf(database)
  const signingKey = await generateSigningKey()
  const signErasure: SignErasure = async (claims) => signReceipt(signingKey, { ...claims, blobs: [...claims.blobs] })
  const pictureLimits = { maxPixels: 50_000_000, maxCpuMs: 10_000 }
  const pictures = closing.use(createSharpThumbnailer(pictureLimits))
  // Folders of programs that a test puts there.
  const programFolders: string[] = []
  const thumbnailer = createProgramThumbnailer({ pictures, programFolders, folder, ...pictureLimits })
  const media = {
    ...{ inTransaction, read: database.read, blobs, limits, signErasure, thumbnailer, thumbnailSizes },
    reached: (() => undefined) as CrashPoint,
    now: clock,
  }
  const search = openFollowedIndex(media)
  if (search !== undefined) closing.defer(search.close)
  const messengerOf = (parts: typeof media) =>
    createMessenger({
      transport: sqlTransport(database),
      contracts: mediaMessages,
      handlers: mediaHandlers({ ...parts, bindTx, wakeIndex: search?.wake }),
    })
  const messenger = messengerOf(media)
  /** Handles what is due until nothing is. */
  const work = async (parts: typeof media = media) => {
    const worker = messengerOf(parts).worker()
    while ((await worker.runOnce()) > 0);
  }

  const tenantId = randomUUID()
  const user = (...roles: Role[]): Principal => ({ tenantId, userId: randomUUID(), roles })
  const upload = async (principal: Principal, { name, bytes = name, folderId = null, declaredType }: TestFile): Promise<File> => {
    const received = await receiveUpload(media, principal, uploadOf(bytes, { declaredType }))
    return store(principal, { received, name, folderId })
  }
  const store = async (
    principal: Principal,
    newFile: { received: ReceivedUpload; name: string; folderId: string | null },
  ): Promise<File> => {
    const [file] = await inTransaction((tx) => storeFiles(media, tx, principal, [newFile]))
    if (file === undefined) throw new Error('one file was stored and none came back')
    return file
  }

  /** Those who are users of the accounts too, as whom something is shared with has to be. */
  const enrol = (...principals: readonly Principal[]) =>
    inTransaction(async ({ sql }) => {
      for (const { tenantId: ofTenant, userId } of principals) {
        await sql.run(
          "INSERT INTO user (id, tenant_id, email, email_key, name, roles, version, created_at, updated_at) VALUES (?, ?, ?, ?, '', '[]', 1, 0, 0)",
          [userId, ofTenant, userId, userId],
        )
      }
    })

  return {
    ...media,
    media,
    cache: createInProcessCache(),
    database,
    blobsFolder,
    programFolders,
    messenger,
    index: search?.index,
    alice: user('editor'),
    bob: user('editor'),
    viewer: user('viewer'),
    admin: user('admin'),
    /** The administrator of another tenant. */
    stranger: { tenantId: randomUUID(), userId: randomUUID(), roles: ['admin'] } satisfies Principal as Principal,
    advance: (ms: number) => {
      now += ms
    },
    upload,
    store,
    enrol,
    makeFolder: (principal: Principal, name: string, parentId: string | null = null): Promise<Folder> =>
      inTransaction((tx) => createFolder(tx, principal, { name, parentId })),
    work,
    /** Transactions of another process, on another node where there are several. */
    inTransactionElsewhere: (): InTransaction => {
      const elsewhere = place.openElsewhere(clock)
      closing.use({ [Symbol.asyncDispose]: () => elsewhere.close() })
      return transactionsOf(elsewhere)
    },
    /** Keys of the files on disk, told without the store. Sorted. */
    storedKeys: async () => {
      const entries = await readdir(blobsFolder, { recursive: true, withFileTypes: true })
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => `${entry.name.slice(0, 2)}/${entry.name}`)
        .toSorted()
    },
    liveKeys: async () => {
      const rows = await database.read.all<{ key: string }>(
        'SELECT storage_key AS "key" FROM stored_blob WHERE state = \'live\' ORDER BY storage_key',
      )
      return rows.map(({ key }) => key)
    },
    /** The actions that the audit holds for a subject, in their order. */
    auditOf: async (subjectId: string) => {
      const rows = await database.read.all<{ action: string }>('SELECT action FROM audit WHERE subject_id = ? ORDER BY id', [subjectId])
      return rows.map(({ action }) => action)
    },
  }
}

export function uploadOf(bytes: string | Uint8Array, rest: Partial<Upload> = {}): Upload {
  return { bytes: Readable.from([Buffer.from(bytes)]), signal: new AbortController().signal, ...rest }
}

/** For `assert.rejects`. */
export const failure = (code: string) => (error: unknown) => error instanceof Error && 'code' in error && error.code === code
