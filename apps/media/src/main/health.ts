import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { migrationState } from '@holdfast/database'
import type { Health, PartHealth } from '../http/health-routes.ts'
import type { SearchIndex } from '../media/search/search-index.ts'
import type { Holdfast } from './app.ts'
import { loopNames } from './loop-names.ts'
import { allMigrations } from './migrations.ts'

/** A key that is never made: asking for it shows that the store answers. */
const probeKey = '00/probe'

/**
 * Each loop looks for work every second, or half of one. Where loops are all there is, one that has not moved for this long is stuck: with the time between two checks and
 * what these take, its container is unhealthy within 15 seconds.
 */
const stuckAfterMs = 4_000
/** Where a process answers requests too, a loop may have to wait for its turn. */
const stuckBesideRequestsAfterMs = 15_000
/** Where every place is taken by a message, the next one may take its time to end. */
const stuckWhileFullAfterMs = 60_000

export interface Loop {
  readonly name: 'worker' | 'periodic' | 'relay'
  readonly lastProgressAt: () => number
  /** Whether it can take nothing more before something ends. */
  readonly isFull?: () => boolean
}

export interface HealthOptions {
  readonly started: () => boolean
  readonly isStopping: () => boolean
  /** Whether there is nothing to this process but its loops: one that stands still, while all it works with is up, is then a required part. */
  readonly onlyLoops?: boolean
}

/** What `/readyz` tells. Asked at most once a second: a crowd of probes is not a load. */
export function createHealth(
  holdfast: Pick<Holdfast, 'database' | 'blobs' | 'broker' | 'clock' | 'search' | 'shared' | 'mail' | 'live'>,
  loops: readonly Loop[],
  { started, isStopping, onlyLoops = false }: HealthOptions,
): Health {
  const { blobs, broker, clock, database, search, shared, mail, live } = holdfast
  const states = new Map<string, PartHealth>()
  let askedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<unknown> | undefined

  const note = async (name: string, required: boolean, check: () => unknown): Promise<void> => {
    const problem = await answered(Promise.try(check)).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : 'failed'),
    )
    const status = problem === undefined ? 'up' : 'down'
    const before = states.get(name)
    const since = before?.status === status ? before.since : clock()
    states.set(name, { required, status, since, ...(problem !== undefined && { detail: problem }) })
  }

  const mostMs = onlyLoops ? stuckAfterMs : stuckBesideRequestsAfterMs
  const noteLoops = async () => {
    const isExcused = [...states].some(([name, { status }]) => status === 'down' && !loopNames.has(name))
    for (const { name, lastProgressAt, isFull } of loops) {
      const patienceMs = isFull?.() ? stuckWhileFullAfterMs : mostMs
      await note(name, onlyLoops && !isExcused, () => refuseStuck(clock() - lastProgressAt(), patienceMs))
    }
  }

  const ask = async () => {
    await Promise.all([
      note('startup', true, () => demandServing(started(), isStopping())),
      note('database', true, () => database.read.get('SELECT 1')),
      note('storage', true, () => blobs.size(probeKey)),
      // What is written goes on without it: messages wait in the database.
      ...(broker === undefined ? [] : [note('broker', false, () => broker.setup())]),
      // Without it the database is searched.
      ...(search === undefined ? [] : [note('search', false, () => demandFilled(search.index))]),
      // Without it each process counts and remembers by itself.
      ...(shared.redis === undefined ? [] : [note('redis', false, () => shared.redis?.check())]),
      // Without it mails wait in the database.
      ...(mail.smtp === undefined ? [] : [note('mail', false, () => mail.smtp?.check())]),
      // Without it live updates wait in the database.
      ...(live.remote === undefined ? [] : [note('hub', false, () => live.remote?.publisher.check())]),
    ])
    await noteLoops()
    askedAt = clock()
  }

  return {
    started,
    isStopping,
    parts: async () => {
      if (clock() - askedAt >= 1_000 || !started() || isStopping()) {
        asking ??= ask().finally(() => {
          asking = undefined
        })
        await asking
      }
      return Object.fromEntries(states)
    },
  }
}

function demandServing(isStarted: boolean, isStopping: boolean): void {
  if (!isStarted) throw new Error('is starting')
  if (isStopping) throw new Error('is stopping')
}

async function demandFilled(index: Pick<SearchIndex, 'isFilled'>): Promise<void> {
  if (!(await index.isFilled())) throw new Error('is not filled yet')
}

const maxAnswerMs = 1_000

/** Where this process itself was held up, what has come meanwhile is heard before it is called late. */
async function answered(work: Promise<unknown>): Promise<void> {
  const late = AbortSignal.timeout(maxAnswerMs)
  const silence = once(late, 'abort')
    .then(() => nextTurn())
    .then(() => Promise.reject(new Error('does not answer')))
  await Promise.race([work, silence])
}

function refuseStuck(idleMs: number, patienceMs: number): void {
  if (idleMs > patienceMs) throw new Error('has made no progress for a while')
}

/** Throws unless the database is at this version: an older schema would fail in the middle of requests. */
export async function demandMigrated({ database }: Pick<Holdfast, 'database'>): Promise<void> {
  const { pending } = await migrationState(database, await allMigrations(database.dialect))
  if (pending.length > 0) throw new Error(`the database is not at this version: run \`holdfast migrate\` (pending: ${pending.join(', ')})`)
}
