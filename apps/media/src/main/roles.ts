import { setTimeout as pause } from 'node:timers/promises'
import { migrate } from '@holdfast/database'
import { MessengerError, type Relay } from '@holdfast/messenger'
import { demandHouseKey } from '../accounts/house-key.ts'
import { closeWithin } from '../http/close-within.ts'
import { createHealthServer } from '../http/server.ts'
import { type Holdfast, type Outside, openHoldfast } from './app.ts'
import type { Config } from './config.ts'
import { demandPlace } from './demand-place.ts'
import { makeFirstCredentials, welcome } from './first-run.ts'
import { createHealth, demandMigrated, type Loop } from './health.ts'
import { openPeriodic, openWorker, slotsOf, type WorkOptions } from './loops.ts'
import { allMigrations } from './migrations.ts'
import { openServer } from './open-server.ts'

/** `run` is all of it in one process; `serve` answers HTTP; `work` handles messages and does the periodic work. */
export type Role = 'run' | 'serve' | 'work'

/**
 * Runs until the signal, then ends in good order: no new connection, no new message, what has begun is finished within the grace.
 * Resolves when everything is closed.
 */
export async function runRole(
  role: Role,
  config: Config,
  signal: AbortSignal,
  options: WorkOptions & Partial<Outside> = {},
): Promise<void> {
  await using holdfast = await openHoldfast(config, options)
  if (role === 'run') await migrate(holdfast.database, await allMigrations(holdfast.database.dialect))
  else await demandMigrated(holdfast)
  await demandHouseKey(holdfast)
  await declareQueues(holdfast)

  // Of its own, so that a loop which ends by a limit or an error ends the rest of the process too.
  const stop = new AbortController()
  const stopping = AbortSignal.any([signal, stop.signal])
  const { foreign } = await demandPlace(holdfast, { signal: stopping, make: role === 'run' })
  const working = role === 'serve' ? startRelay(holdfast, stopping) : startWork(holdfast, stopping, options)
  try {
    const serving =
      role === 'work' ? await startHealth(holdfast, working.loops) : await startServing(holdfast, working.loops, { signal, stop })
    holdfast.log.info({ role, ...(serving && { url: serving.url }) }, 'ready')

    const problem = await Promise.race([aborted(stopping), working.ended.then(() => undefined), foreign])
    holdfast.log.info({ role }, 'stopping')
    // Nothing is kept open for somebody else's sake where something is wrong here.
    if (role !== 'work' && signal.aborted) await pause(config.shutdown.drainMs)
    stop.abort()
    await serving?.close()
    if (problem !== undefined) throw problem
  } finally {
    // Also where the serving could not begin: what works ends before what it works on is closed.
    stop.abort()
    await working.ended
  }
}

/** Throws where the broker has something else under our names. While it is away, what is due waits in the database. */
async function declareQueues({ broker, log }: Holdfast): Promise<void> {
  await broker?.setup().catch((error: unknown) => {
    if (!(error instanceof MessengerError && error.kind === 'unavailable')) throw error
    log.warn({ err: error }, 'the broker is away: messages wait in the database')
  })
}

/** A process that only dispatches brings its messages to the broker, where there is one. */
function startRelay({ messenger: { relay } }: Holdfast, signal: AbortSignal) {
  return { loops: relayLoops(relay), ended: Promise.all([relay?.run(signal), aborted(signal)]) }
}

const relayLoops = (relay: Relay | undefined): Loop[] =>
  relay === undefined ? [] : [{ name: 'relay', lastProgressAt: () => relay.health().lastProgressAt }]

function startWork(holdfast: Holdfast, signal: AbortSignal, options: WorkOptions) {
  const worker = openWorker(holdfast, options)
  const periodic = openPeriodic(holdfast)
  const loops: Loop[] = [
    { name: 'worker', lastProgressAt: () => worker.health().lastProgressAt, isFull: () => worker.health().running >= slotsOf(options) },
    { name: 'periodic', lastProgressAt: periodic.lastProgressAt },
    ...relayLoops(holdfast.messenger.relay),
  ]
  const stop = new AbortController()
  const untilWorkerEnds = AbortSignal.any([signal, stop.signal])
  const working = worker.run(signal).finally(() => stop.abort())
  return { loops, ended: Promise.all([working, periodic.run(untilWorkerEnds)]) }
}

/** Where a port is set for it. */
async function startHealth(holdfast: Holdfast, loops: readonly Loop[]) {
  const { config, log, metrics } = holdfast
  const { host, healthPort } = config.http
  if (healthPort === undefined) return undefined
  const health = createHealth(holdfast, loops, { started: () => true, isStopping: () => false, onlyLoops: true })
  const server = await createHealthServer({ health, metrics, log, pace: config.http })
  const url = await server.listen({ host, port: healthPort })
  return { url, close: () => closeWithin(server, config.shutdown.graceMs) }
}

/** `signal`: it was told to stop, and may be asked for a while yet; `stop`: that is over. */
interface Ending {
  readonly signal: AbortSignal
  readonly stop: AbortController
}

async function startServing(holdfast: Holdfast, loops: readonly Loop[], { signal, stop }: Ending) {
  const { config } = holdfast
  let started = false
  const credentials = await makeFirstCredentials(holdfast)
  const health = createHealth(holdfast, loops, { started: () => started, isStopping: () => signal.aborted })
  const server = await openServer(holdfast, health)
  try {
    const url = await server.listen({ host: config.http.host, port: config.http.port })
    await welcome(holdfast, url, credentials)
    started = true
    const live = holdfast.live.own?.hub.run(stop.signal)
    return { url, close: async () => void (await Promise.all([live, closeWithin(server, config.shutdown.graceMs)])) }
  } catch (error) {
    await server.close()
    throw error
  }
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
