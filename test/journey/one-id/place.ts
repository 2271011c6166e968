import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Client, createClient } from '../../service/client.ts'
import { takeGround } from '../../service/ground.ts'
import { commandLine, startHoldfast } from '../../service/holdfast-process.ts'
import { readFirstRun } from '../../service/house.ts'
import { type HouseSql, openHouseSql } from '../../service/house-sql.ts'
import { listenIn, type Overheard } from '../../service/listen-in.ts'
import { askCommand } from '../../service/run-command.ts'

/** One process that answers and two that work, on a database and a broker, and all that can be seen of them. */
export interface Place extends AsyncDisposable {
  readonly administrator: Client
  readonly sql: HouseSql
  /** What goes through the lane of purges, and what other systems are told. */
  readonly overheard: Overheard
  /** What all three have logged. */
  readonly lines: readonly string[]
  /** Puts a folder in the place of a blob: it can be neither read nor deleted, by root either. Answers how to undo it. */
  spoilBlob(storageKey: string): Promise<() => Promise<void>>
  /** Ends the processes in good order. */
  stop(): Promise<void>
}

export async function openPlace(): Promise<Place> {
  await using opened = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-one-id-'))
  opened.defer(() => rm(dataDir, { recursive: true }))
  const ground = opened.use((await takeGround()) ?? assert.fail('no servers'))
  const { MESSENGER_TRANSPORT_DSN: brokerUrl = '', ...rest } = ground.nextSettings()
  const ladder = { MESSENGER_MAX_ATTEMPTS: '2', MESSENGER_RETRY_DELAY_MS: '50' }
  // Not due at once, so that a relay finds it in the table.
  const settings = { ...rest, ...ladder, MESSENGER_TRANSPORT_DSN: brokerUrl, MEDIA_PURGE_DELAY_SECONDS: '1', LOG_LEVEL: 'trace' }
  await askCommand({ dataDir, settings }, 'migrate')

  const lines: string[] = []
  const start = async (role: string) =>
    opened.use(await startHoldfast({ dataDir, settings, command: [commandLine, role], onLine: (line) => lines.push(line) }))
  const [server, ...workers] = await Promise.all([start('serve'), start('work'), start('work')])
  const bindings = [
    { exchange: 'holdfast', key: 'low' },
    { exchange: 'holdfast.events', key: 'file.*' },
  ]
  const overheard = opened.use(await listenIn(brokerUrl, bindings))
  const sql = opened.use(await openHouseSql({ dataDir, settings }))
  const administrator = createClient(server.url, (await readFirstRun(dataDir)).apiKey)
  const closing = opened.move()
  return {
    ...{ administrator, sql, overheard, lines },
    spoilBlob: (storageKey) => spoil(join(dataDir, 'blobs', storageKey)),
    stop: async () => void (await Promise.all([server, ...workers].map((process) => process.stop()))),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

async function spoil(path: string): Promise<() => Promise<void>> {
  await rename(path, `${path}.aside`)
  await mkdir(path)
  return async () => {
    await rm(path, { recursive: true })
    await rename(`${path}.aside`, path)
  }
}

export async function untilState({ sql }: Place, messageId: string, state: string): Promise<void> {
  for (let now = ''; now !== state; await pause(20)) {
    const [row] = await sql.rows<{ state: string }>('SELECT state FROM message WHERE id = ?', messageId)
    now = row?.state ?? ''
  }
}

export async function untilAllDone({ sql }: Place): Promise<void> {
  const left = () => sql.rows("SELECT id FROM message WHERE state <> 'done'")
  while ((await left()).length > 0) await pause(20)
}
