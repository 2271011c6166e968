import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Account } from './accounts.ts'
import { type Client, createClient } from './client.ts'
import { takeGround } from './ground.ts'
import { type HoldfastOptions, type HoldfastProcess, startHoldfast } from './holdfast-process.ts'

export interface House extends AsyncDisposable {
  readonly dataDir: string
  /** Of one more process: where database and broker have several nodes, each begins at the next one. */
  readonly settings: Readonly<Record<string, string>>
  /** The process that was started last. */
  readonly process: HoldfastProcess
  /** The first tenant's administrator. */
  readonly account: Account
  readonly administrator: Client
  /** Another process on the same data, instead of one that ended or beside one that runs. */
  restart(): Promise<HoldfastProcess>
}

/**
 * Holdfast in a process of its own, gone after the test; as are its data, but for a folder that was given. Embedded, or on the servers that
 * `chooseStack` chose.
 */
export async function openHouse(
  ownSettings: Readonly<Record<string, string>> = {},
  options: Partial<Omit<HoldfastOptions, 'settings'>> = {},
): Promise<House> {
  await using opened = new AsyncDisposableStack()
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'holdfast-')))
  if (options.dataDir === undefined) opened.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }))
  const ground = await takeGround()
  if (ground !== undefined) opened.use(ground)
  const nextSettings = () => ({ ...ground?.nextSettings(), ...ownSettings })
  const start = async (resources: AsyncDisposableStack): Promise<HoldfastProcess> => {
    const process = resources.use(await startHoldfast({ ...options, dataDir, settings: nextSettings() }))
    const front = await ground?.openFront?.(process.url)
    return front === undefined ? process : { ...process, url: resources.use(front).url }
  }
  let current = await start(opened)
  const account = await readFirstRun(dataDir)
  const closing = opened.move()
  return {
    dataDir,
    account,
    get settings() {
      return nextSettings()
    },
    get process() {
      return current
    },
    get administrator() {
      return createClient(current.url, account.apiKey)
    },
    restart: async () => {
      current = await start(closing)
      return current
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

export async function readFirstRun(dataDir: string): Promise<Account> {
  return JSON.parse(await readFile(join(dataDir, 'first-run.json'), 'utf8')) as Account
}
