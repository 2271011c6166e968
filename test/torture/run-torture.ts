import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTenant, createUser } from '../service/accounts.ts'
import { createClient } from '../service/client.ts'
import { startHoldfast } from '../service/holdfast-process.ts'
import { readFirstRun } from '../service/house.ts'
import { type HousePlace, openHouseSql } from '../service/house-sql.ts'
import { askCommand } from '../service/run-command.ts'
import { compareEffects, compareList, readBack } from './acknowledged.ts'
import { auditHouse } from './audit/audit-house.ts'
import { openHouseAtRest } from './audit/house.ts'
import { runClient } from './client.ts'
import type { Finding, Report } from './findings.ts'
import { type Killings, killCount, runKiller } from './killer.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { openPool, type Pool } from './pool.ts'
import { createRandom, type Random } from './random.ts'
import { checkReceipts } from './receipts.ts'
import { openSession, type Session, type Tally } from './session.ts'
import { settle } from './settle.ts'

export interface TortureOptions {
  /** Chooses operations, sizes, victims and moments. What the machine does in between is its own affair. */
  readonly seed: number
  readonly kills: number
  readonly operations: number
  readonly clients: number
  readonly processes: number
  /** Goes on until each named point has killed, and until the audit is chained to its end. */
  readonly thorough: boolean
  /** Called once a second. */
  readonly onProgress?: (progress: { readonly operations: number; readonly kills: number }) => void
}

export interface TortureResult extends Tally, Killings {
  readonly findings: readonly Finding[]
  readonly killsAt: Pool['killsAt']
  readonly errors: Pool['errors']
  readonly receipts: number
  readonly rest: { readonly liveBlobs: number; readonly bytes: number; readonly auditRows: number; readonly links: number }
  readonly seconds: number
  /** Kept where something was found. */
  readonly dataDir: string
}

const graceMs = 4_000
const settings = {
  LOG_LEVEL: 'info',
  MEDIA_PURGE_DELAY_SECONDS: String(graceMs / 1000),
  MEDIA_RESERVATION_SECONDS: '4',
  MEDIA_TENANT_QUOTA_BYTES: String(2 ** 40),
  MEDIA_SWEEP_EVERY_SECONDS: '3',
  MEDIA_SWEEP_MIN_AGE_SECONDS: '0',
  IDEMPOTENCY_LEASE_MS: '1000',
  MESSENGER_LEASE_MS: '1000',
  MESSENGER_RETRY_DELAY_MS: '100',
  // Being killed while it works is not a message's fault.
  MESSENGER_MAX_ATTEMPTS: '100',
}

/** Clients at work, processes dying under them; then the house is put at rest and everything is compared with everything. */
export async function runTorture(options: TortureOptions): Promise<TortureResult> {
  const startedAt = performance.now()
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-torture-'))
  const findings: Finding[] = []
  const report: Report = (rule, detail) => void findings.push({ rule, detail })
  const tally: Tally = { operations: 0, retries: 0, replays: 0, twins: 0, cuts: 0 }

  const pool = await openPool(dataDir, settings, options.processes, report)
  const progress = setInterval(() => options.onProgress?.({ operations: tally.operations, kills: killCount(pool) }), 1_000)
  try {
    const house = { dataDir, report, tally }
    const clients = await openClients(options, dataDir, await pool.url(createRandom(options.seed)))
    const killings = await torment(options, house, pool, clients)
    await settle({ dataDir, settings }, 60_000, options.thorough)
    await pool.stop()
    const receipts = await examine(house, clients)
    const seconds = (performance.now() - startedAt) / 1000
    const { killsAt, errors } = pool
    return { ...tally, ...killings, findings, killsAt, errors, receipts, rest: await describeRest({ dataDir, settings }), seconds, dataDir }
  } finally {
    clearInterval(progress)
    await pool.stop()
    if (findings.length === 0) await rm(dataDir, { recursive: true })
  }
}

interface House {
  readonly dataDir: string
  readonly report: Report
  readonly tally: Tally
}

interface TortureClient {
  readonly name: string
  readonly tenant: number
  readonly credential: string
  readonly random: Random
  readonly ledger: Ledger
}

/** Users of two tenants, in turn. */
async function openClients({ seed, clients }: TortureOptions, dataDir: string, url: string): Promise<TortureClient[]> {
  const administrators = [await readFirstRun(dataDir), await createTenant({ dataDir, settings }, 'second')]
  const opened: TortureClient[] = []
  for (let index = 0; index < clients; index++) {
    const tenant = index % administrators.length
    const name = `client${index}`
    const { apiKey } = await createUser(url, createClient(url, administrators[tenant]?.apiKey), name)
    opened.push({ name, tenant, credential: apiKey, random: createRandom(seed + 1 + index), ledger: createLedger() })
  }
  return opened
}

const sessionOf = (house: House, pool: Pick<Pool, 'url'>, client: TortureClient): Session =>
  openSession({ ...client, ...house, pool, graceMs })

async function torment(options: TortureOptions, house: House, pool: Pool, clients: readonly TortureClient[]): Promise<Killings> {
  const { operations } = options
  let broken: unknown
  let isKilling = true
  const isOver = () => broken !== undefined || (!isKilling && house.tally.operations >= operations)
  const working = clients.map((client) =>
    runClient(sessionOf(house, pool, client), isOver).catch((error: unknown) => {
      broken = error
    }),
  )
  const killer = { ...options, pool, tally: house.tally, random: createRandom(options.seed), blobsDir: join(house.dataDir, 'blobs') }
  const killings = await runKiller({ ...killer, everyPoint: options.thorough }, () => broken !== undefined)
  isKilling = false
  await Promise.all(working)
  if (broken !== undefined) throw new Error('a client of the torture broke', { cause: broken })
  return killings
}

/** By one sweep, then by everything that a fresh process answers. Gives the number of receipts. */
async function examine(house: House, clients: readonly TortureClient[]): Promise<number> {
  const { dataDir, report } = house
  await askCommand({ dataDir, settings }, 'media', 'reconcile', '--now')
  const findings = await auditHouse({ dataDir, settings }, graceMs)
  for (const { rule, detail } of findings) report(rule, detail)
  await using fresh = await startHoldfast({ dataDir, settings })
  const pool = { url: async () => fresh.url }
  const sessions = clients.map((client) => ({
    tenant: client.tenant,
    session: sessionOf(house, pool, { ...client, name: `${client.name}-end` }),
  }))
  for (const { session } of sessions) await readBack(session)
  for (const [, of] of Map.groupBy(sessions, ({ tenant }) => tenant))
    await compareList(
      of.map(({ session }) => session),
      report,
    )
  const { code } = await fresh.stop()
  if (code !== 0) report('process.end', `the fresh process ended with ${code}`)
  const ledgers = clients.map(({ ledger }) => ledger)
  await using atRest = await openHouseAtRest({ dataDir, settings }, graceMs)
  await compareEffects(atRest, ledgers, report)
  return await checkReceipts(dataDir, ledgers, report)
}

async function describeRest(place: HousePlace): Promise<TortureResult['rest']> {
  await using house = await openHouseSql(place)
  const [rest] = await house.rows<TortureResult['rest']>(
    `SELECT COUNT(*) AS liveBlobs, COALESCE(SUM(size), 0) AS bytes, (SELECT COUNT(*) FROM audit) AS auditRows,
            (SELECT COUNT(*) FROM audit_link) AS links FROM stored_blob WHERE state = 'live'`,
  )
  return rest ?? { liveBlobs: 0, bytes: 0, auditRows: 0, links: 0 }
}
