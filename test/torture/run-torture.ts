import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { countStrikes, createStrikes, type Strikes, storm } from '../faults/fault.ts'
import type { NodeStep } from '../faults/in-step.ts'
import { type Pauses, watchPauses } from '../faults/pauses.ts'
import { createRandom, type Random } from '../faults/random.ts'
import { createTenant, createUser } from '../service/accounts.ts'
import { createClient } from '../service/client.ts'
import { startHoldfast } from '../service/holdfast-process.ts'
import { readFirstRun } from '../service/house.ts'
import { type HousePlace, openHouseSql } from '../service/house-sql.ts'
import { askCommand } from '../service/run-command.ts'
import { openStoredBlobs } from '../service/stored-blobs.ts'
import { compareEffects, compareList, readBack } from './acknowledged.ts'
import { auditHouse } from './audit/audit-house.ts'
import { openHouseAtRest } from './audit/house.ts'
import { runClient } from './client.ts'
import type { Finding, Report } from './findings.ts'
import { type Killings, killCount, runKiller } from './killer.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { openPool, type Pool } from './pool.ts'
import { checkReceipts } from './receipts.ts'
import { openSession, type Session, type Tally } from './session.ts'
import { settle } from './settle.ts'
import type { Stack } from './stacks.ts'

export interface TortureOptions {
  /** Chooses operations, sizes, victims and moments. What the machine does in between is its own affair. */
  readonly seed: number
  readonly kills: number
  readonly operations: number
  readonly clients: number
  readonly stack: Stack
  /** Of the servers and of the network, at least; where the stack has any. */
  readonly faults: number
  /** From one of these to the next, at most. */
  readonly pauseMs: number
  /** Goes on until each named point has killed, lets servers die for as long as clients work, and waits until the audit is chained to its end. */
  readonly thorough: boolean
  /** What is due then and not done is a finding. */
  readonly settleWithinMs: number
  /** Called once a second. */
  readonly onProgress?: (progress: { readonly operations: number; readonly kills: number }) => void
}

export interface TortureResult extends Tally, Killings {
  readonly findings: readonly Finding[]
  readonly killsAt: Pool['killsAt']
  readonly errors: Pool['errors']
  /** Of the servers and of the network. */
  readonly strikes: Strikes
  /** In which no operation ended, while clients worked. */
  readonly pauses: Pauses
  /** Of each node of a cluster, when all was over. */
  readonly steps: readonly NodeStep[]
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
  MEDIA_SWEEP_EVERY_SECONDS: '1',
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
  const tally: Tally = { operations: 0, retries: 0, replays: 0, twins: 0, cuts: 0, refusals: new Map() }
  const house = { dataDir, settings: { ...settings, ...options.stack.settings }, report, tally }

  if (!options.stack.members.some(({ role }) => role === 'run')) await askCommand(house, 'migrate')
  const pool = await openPool({ ...house, settings, members: options.stack.members })
  const progress = setInterval(() => options.onProgress?.({ operations: tally.operations, kills: killCount(pool) }), 1_000)
  try {
    const clients = await openClients(options, house, await pool.url(createRandom(options.seed)))
    const tormented = await torment(options, house, pool, clients)
    await settle(house, options.settleWithinMs, options.thorough)
    await pool.stop()
    const receipts = await examine(house, clients)
    const steps = (await options.stack.askSteps?.()) ?? []
    for (const { node, said, isInStep } of steps) if (!isInStep) report('node.behind', `${node}: ${said}`)
    const seconds = (performance.now() - startedAt) / 1000
    const { killsAt, errors } = pool
    return { ...tally, ...tormented, steps, findings, killsAt, errors, receipts, rest: await describeRest(house), seconds, dataDir }
  } finally {
    clearInterval(progress)
    await pool.stop()
    if (findings.length === 0) await rm(dataDir, { recursive: true })
  }
}

interface House {
  readonly dataDir: string
  readonly settings: Readonly<Record<string, string>>
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
async function openClients({ seed, clients }: TortureOptions, house: House, url: string): Promise<TortureClient[]> {
  const administrators = [await readFirstRun(house.dataDir), await createTenant(house, 'second')]
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

type Torment = Killings & Pick<TortureResult, 'strikes' | 'pauses'>

async function torment(options: TortureOptions, house: House, pool: Pool, clients: readonly TortureClient[]): Promise<Torment> {
  const { operations, seed } = options
  let isBroken = false
  let isKilling = true
  const isOver = () => isBroken || (!isKilling && house.tally.operations >= operations)
  const working = clients.map((client) =>
    runClient(sessionOf(house, pool, client), isOver).catch((error: unknown) => {
      isBroken = true
      house.report('client.broke', String(error))
    }),
  )
  const strikes = createStrikes()
  using pauses = watchPauses({ done: () => house.tally.operations, isAsked: () => true }, strikes)
  const killer = { ...options, pool, tally: house.tally, random: createRandom(seed), blobs: openStoredBlobs(house) }
  const [killings] = await Promise.all([
    runKiller({ ...killer, everyPoint: options.thorough, everyone: options.stack.askSteps === undefined }, () => isBroken),
    stormOver(
      options,
      {
        isBroken: () => isBroken,
        isDone: () => house.tally.operations >= operations,
        isHalfDone: () => house.tally.operations > operations / 2,
      },
      strikes,
    ),
  ])
  isKilling = false
  await Promise.all(working)
  return { ...killings, strikes, pauses }
}

interface Progress {
  isBroken(): boolean
  isHalfDone(): boolean
  isDone(): boolean
}

async function stormOver(options: TortureOptions, progress: Progress, strikes: Strikes): Promise<void> {
  const { stack, seed, pauseMs } = options
  if (stack.faults.length === 0) return
  const once = stack.halfway && { fault: stack.halfway, isTime: () => progress.isBroken() || progress.isHalfDone() }
  const isEnough = () => countStrikes(strikes) >= options.faults && (progress.isDone() || !options.thorough)
  await storm({ faults: stack.faults, once, random: createRandom(seed + 1_000), pauseMs }, strikes, () => progress.isBroken() || isEnough())
}

/** By one sweep, then by everything that a fresh process answers. Gives the number of receipts. */
async function examine(house: House, clients: readonly TortureClient[]): Promise<number> {
  const { dataDir, report } = house
  await askCommand(house, 'media', 'reconcile', '--now')
  const findings = await auditHouse(house, graceMs)
  for (const { rule, detail } of findings) report(rule, detail)
  await using fresh = await startHoldfast(house)
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
  await using atRest = await openHouseAtRest(house, graceMs)
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
