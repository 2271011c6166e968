import { statfs } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { migrationState } from '@holdfast/database'
import { demandHouseKey } from '../accounts/house-key.ts'
import type { RemotePublisher } from '../live/publisher.ts'
import type { BlobStore } from '../media/blob-store.ts'
import { demandHouseStore } from '../media/house-store.ts'
import { type PreviewProgram, ProgramMissing, type Thumbnailer } from '../media/thumbnails/thumbnailer.ts'
import { type Holdfast, openHoldfast } from './app.ts'
import type { Config } from './config.ts'
import { makeFolder } from './make-folders.ts'
import { mendHub } from './mend-hub.ts'
import { mendBroker, mendDatabase, mendMail, mendOpening, mendRedis, mendSearch } from './mend-parts.ts'
import { mendStorage } from './mend-storage.ts'
import { messageOf } from './message-of.ts'
import { allMigrations } from './migrations.ts'

export interface Finding {
  readonly part: string
  readonly ok: boolean
  readonly detail: string
  /** What to do about it; only where something is wrong, or could be more. */
  readonly mend?: string
}

const lowBytes = 512 * 2 ** 20

/** Reaches each part as the service would, and uses it. The settings were checked when `config` was read. */
export async function diagnose(config: Config): Promise<Finding[]> {
  const findings: Finding[] = [{ part: 'settings', ok: true, detail: `all right, for ${config.appEnv}` }]
  findings.push(await examine('data folder', `check that it exists, and that this user may write to it`, () => roomIn(config.dataDir)))
  try {
    await using holdfast = await openHoldfast({ ...config, logLevel: 'silent' })
    const { database, blobs, broker, search, shared, mail, live, keys } = holdfast
    let isMigrated = false
    findings.push(
      await examine('database', mendDatabase, async () => {
        const { applied, pending } = await migrationState(database, await allMigrations(database.dialect))
        isMigrated = pending.length === 0
        if (!isMigrated) throw new Error(`${pending.length} migrations are pending`)
        return `${database.dialect}, ${applied.length} migrations applied`
      }),
      await examine(
        'storage',
        (error) => mendStorage(config.blobs, error),
        async () => {
          if (isMigrated) await demandHouseStore(holdfast)
          return await probeStorage(blobs)
        },
      ),
      await examine('keys', 'check the folder that JWT_KEYS_DIR names, and its permissions', async () => {
        if (isMigrated) await demandHouseKey(holdfast)
        const valid = await keys.valid()
        return `${valid.length} valid signing ${valid.length === 1 ? 'key' : 'keys'}`
      }),
      await examine('thumbnails', 'install the locked packages for this platform: `npm ci`', () => renderProbe(holdfast.thumbnailer)),
      await examineProgram(holdfast, 'pdftoppm', 'thumbnails of PDFs', 'poppler-utils'),
      await examineProgram(holdfast, 'ffmpeg', 'thumbnails of videos', 'ffmpeg'),
      ...(broker === undefined
        ? []
        : [
            await examine('broker', mendBroker, async () => {
              await broker.check()
              return 'has its exchange and queues'
            }),
          ]),
      ...(search === undefined
        ? []
        : [
            await examine('search', mendSearch, async () => {
              if (!(await search.index.isFilled())) throw new Error('the index is not filled yet')
              return `${await search.index.count()} files in the index`
            }),
          ]),
      ...(shared.redis === undefined ? [] : [await examine('redis', mendRedis, () => probe(shared.redis))]),
      await examine('mail', mendMail(config), async () => {
        await mail.mailer.check()
        return mail.smtp === undefined ? 'its folder can be written to' : 'the mail server lets us in'
      }),
      ...(live.remote === undefined ? [] : [await examine('hub', mendHub, () => publishProbe(live.remote?.publisher))]),
      await examine(
        'messages',
        () => (isMigrated ? 'look at `holdfast messages failed list`' : 'mend the database first'),
        async () => {
          const failed = (await holdfast.messenger.stats()).reduce((sum, lane) => sum + lane.failed, 0)
          if (failed > 0) throw new Error(`${failed} messages have failed`)
          return 'none has failed'
        },
      ),
    )
  } catch (error) {
    findings.push({ part: 'opening', ok: false, detail: messageOf(error), mend: mendOpening(config, error) })
  }
  return findings
}

async function probe(redis: Holdfast['shared']['redis']): Promise<string> {
  const askedAt = performance.now()
  // Requests give it little time to answer. Here that is no fault before it happens again and again.
  for (let tries = 1; ; tries++) {
    try {
      await redis?.check()
      break
    } catch (error) {
      if (tries === 3) throw error
    }
  }
  return `connected, wrote and asked in ${Math.ceil(performance.now() - askedAt)} ms`
}

/** Private, on a topic that nobody but a holder of everything may read. */
async function publishProbe(publisher: RemotePublisher | undefined): Promise<string> {
  const probe = { id: `urn:uuid:${crypto.randomUUID()}`, topics: ['/live/doctor'], isPrivate: true, data: '' }
  await publisher?.publish(probe, { signal: AbortSignal.timeout(10_000), inTransaction: () => Promise.resolve() })
  return 'took a probe'
}

async function renderProbe(thumbnailer: Thumbnailer): Promise<string> {
  const bytes = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>')
  const probe = { form: 'image', size: bytes.length, bytes: Readable.from([bytes]), part: () => Readable.from([bytes]) } as const
  await thumbnailer.render(probe, [{ pixels: 8, format: 'webp' }], AbortSignal.timeout(30_000))
  return 'a process of its own rendered a probe'
}

/** One that is not there is no mistake. */
async function examineProgram({ thumbnailer }: Holdfast, program: PreviewProgram, part: string, debianPackage: string): Promise<Finding> {
  const mend = `install ${program} (in Debian the package ${debianPackage}) on each machine that handles messages`
  try {
    return { part, ok: true, detail: `${program} ${await thumbnailer.version(program)}` }
  } catch (error) {
    if (error instanceof ProgramMissing) return { part, ok: true, detail: `none: ${error.message}`, mend }
    return { part, ok: false, detail: messageOf(error), mend }
  }
}

async function examine(part: string, mend: string | ((error: unknown) => string), check: () => Promise<string>): Promise<Finding> {
  try {
    return { part, ok: true, detail: await check() }
  } catch (error) {
    return { part, ok: false, detail: messageOf(error), mend: typeof mend === 'string' ? mend : mend(error) }
  }
}

async function roomIn(dataDir: string): Promise<string> {
  await makeFolder(dataDir)
  const { bavail, bsize } = await statfs(dataDir)
  const free = bavail * bsize
  if (free < lowBytes) throw new Error(`only ${Math.floor(free / 2 ** 20)} MiB are free`)
  return `${Math.floor(free / 2 ** 30)} GiB free`
}

/** Asks for each right that the service needs. */
async function probeStorage(blobs: BlobStore): Promise<string> {
  const key = `00/doctor-${crypto.randomUUID()}`
  await blobs.put(key, Readable.from([Buffer.from('probe')]), AbortSignal.timeout(10_000))
  try {
    await blobs.size(key)
    await (await blobs.open(key)).toArray()
    for await (const _first of blobs.list()) break
  } finally {
    await blobs.delete(key)
  }
  return 'wrote, read, listed and deleted a probe'
}
