import { setTimeout as pause } from 'node:timers/promises'
import { type Database, migrate, readMigrations } from '@holdfast/database'
import { amqpTransport } from '@holdfast/messenger/amqp'
import { migrationsFolder } from '@holdfast/messenger/sql'
import { countStrikes, createStrikes, type Fault, type Strikes, storm } from '../faults/fault.ts'
import type { NodeStep } from '../faults/in-step.ts'
import { type Pauses, watchPauses } from '../faults/pauses.ts'
import { createRandom } from '../faults/random.ts'
import type { ServerPlace } from '../faults/servers.ts'
import { auditBus, type BusFindings } from './audit-bus.ts'
import { openPlace, prefix } from './bus.ts'
import { type Crew, startCrew } from './crew.ts'
import { effectTable } from './work.ts'

export interface BusTortureOptions {
  readonly seed: number
  readonly messages: number
  /** Said, by all dispatchers together. */
  readonly perSecond: number
  /** Strikes at least, and for as long as something is left to say. */
  readonly strikes: number
  /** From one strike to the next, at most. */
  readonly pauseMs: number
  readonly workers: readonly ServerPlace[]
  readonly dispatchers: readonly ServerPlace[]
  /** Where nothing stands in between: for what is asked at the end. */
  readonly place: ServerPlace
  readonly faults: (crew: Crew) => readonly Fault[]
  /** Strikes once, when half of the messages are said. */
  readonly halfway?: Fault
  /** How long the end is waited for while nothing gets on. */
  readonly settleWithinMs: number
  /** Where there are several nodes of each server. */
  readonly askSteps?: () => Promise<readonly NodeStep[]>
}

export interface BusTortureResult {
  readonly findings: BusFindings
  readonly processFaults: readonly string[]
  readonly strikes: Strikes
  /** In which nothing took effect, from the first effect to the last message that was said. */
  readonly pauses: Pauses
  /** Of each node, when all was over. */
  readonly steps: readonly NodeStep[]
  readonly said: number
  readonly failed: number
  readonly attempts: number
  readonly seconds: number
  /** What was neither done nor failed when it was waited for long enough. */
  readonly unsettled: number
}

/** Processes dispatch and handle while everything around them goes wrong; then what they said is compared with what took effect. */
export async function runBusTorture(options: BusTortureOptions): Promise<BusTortureResult> {
  const began = performance.now()
  await using database = closing(openPlace(options.place))
  await prepare(database, options.place)
  const crew = startCrew(options)
  const strikes = createStrikes()
  using pauses = watchPauses({ done: () => crew.did, isAsked: () => crew.did > 0 && crew.said.size < options.messages }, strikes)
  await torment(options, crew, strikes)
  const unsettled = await settle(database, options, crew)
  const processFaults = await crew.stop()
  const [row] = await database.read.all<{ failed: number; attempts: number }>(
    "SELECT SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END) AS failed, SUM(attempt) AS attempts FROM message",
  )
  return {
    findings: await auditBus(database.read, crew.said),
    processFaults,
    strikes,
    said: crew.said.size,
    failed: Number(row?.failed),
    attempts: Number(row?.attempts),
    pauses,
    steps: (await options.askSteps?.()) ?? [],
    seconds: (performance.now() - began) / 1_000,
    unsettled,
  }
}

const closing = (database: Database) => ({ ...database, [Symbol.asyncDispose]: () => database.close() })

async function prepare(database: Database, { brokerUrls }: ServerPlace): Promise<void> {
  await migrate(database, await readMigrations(migrationsFolder, database.dialect))
  await database.transaction((tx) => tx.run(effectTable))
  if (brokerUrls.length === 0) return
  await using broker = amqpTransport({ database, urls: brokerUrls, prefix })
  await broker.setup()
}

async function torment(options: BusTortureOptions, crew: Crew, strikes: Strikes): Promise<void> {
  const { messages, perSecond, pauseMs, halfway, settleWithinMs } = options
  const until = performance.now() + (10_000 * messages) / perSecond + settleWithinMs
  const once = halfway && { fault: halfway, isTime: () => crew.said.size > messages / 2 }
  const isEnough = () => countStrikes(strikes) >= options.strikes && crew.said.size >= messages
  const isOver = () => isEnough() || performance.now() > until
  await storm({ faults: options.faults(crew), once, random: createRandom(options.seed), pauseMs }, strikes, isOver)
}

/** Until every message is done or failed, or none has become so for long. Answers how many are not. */
async function settle({ read }: Database, { settleWithinMs, messages }: BusTortureOptions, { said }: Crew): Promise<number> {
  let until = 0
  let before = Number.POSITIVE_INFINITY
  for (;;) {
    const row = await read.get<{ many: number }>("SELECT COUNT(*) AS many FROM message WHERE state IN ('done', 'failed')")
    const left = messages - Number(row?.many)
    if (left < before) until = performance.now() + settleWithinMs
    before = left
    if ((left === 0 && said.size === messages) || performance.now() > until) return left
    await pause(500)
  }
}
