/**
 * `optional-parts.ts [SECONDS] [PART]`: a service with every optional part there is, under load, while one part after the other is killed, stalled and refused. Exit 1 where
 * a request failed, a p99 is more than twice that of just before, or a part did not come back by itself.
 */
import { expectJson } from '../test/service/client.ts'
import { openHouse } from '../test/service/house.ts'
import { loadFor, namesAt } from '../test/service/under-load.ts'
import { percentile, tellGoal } from './durations.ts'
import { startFaultyBroker } from './parts/faulty-broker.ts'
import { startFaultyHub } from './parts/faulty-hub.ts'
import { startFaultyIndex } from './parts/faulty-index.ts'
import { startFaultyMailServer } from './parts/faulty-mail-server.ts'
import { startFaultyRedis } from './parts/faulty-redis.ts'
import type { OptionalPart, PartFault } from './parts/optional-part.ts'

const [seconds = '10', only] = process.argv.slice(2)
const forMs = Number(seconds) * 1_000
const recoveryMs = 60_000
const hasElasticsearch = process.env['HOLDFAST_TEST_ELASTICSEARCH_URL'] !== undefined

await using opened = new AsyncDisposableStack()
const parts: readonly OptionalPart[] = [
  opened.use(await startFaultyBroker()),
  opened.use(await startFaultyRedis()),
  opened.use(await startFaultyMailServer()),
  opened.use(await startFaultyHub()),
  ...(hasElasticsearch ? [opened.use(await startFaultyIndex())] : []),
]
if (!hasElasticsearch) console.log('search: skipped, there is no HOLDFAST_TEST_ELASTICSEARCH_URL')
const settings = parts.flatMap((part) => Object.entries(part.settings))
const house = opened.use(await openHouse({ HTTP_MAX_REQUESTS_PER_MINUTE: '1000000', ...Object.fromEntries(settings) }))
const { administrator } = house

/** Finds, and now and then causes a mail. */
async function findAndMail(): Promise<void> {
  await namesAt(administrator, '/v1/search?q=one')
  if (Math.random() >= 0.05) return
  const name = crypto.randomUUID()
  expectJson(await administrator.ask('POST', '/v1/users', { email: `${name}@user.example`, name, roles: ['viewer'] }), 201)
}

interface Load {
  readonly requests: number
  readonly failed: number
  readonly p99Ms: number
}

async function load(durationMs: number): Promise<Load> {
  const errors: unknown[] = []
  const tookMs = await loadFor(administrator, durationMs, { ask: findAndMail, onError: (error) => errors.push(error) })
  for (const error of errors.slice(0, 3)) console.log(`  failed: ${error instanceof Error ? error.message : String(error)}`)
  return { requests: tookMs.length, failed: errors.length, p99Ms: percentile(tookMs, 0.99) }
}

/** What a part did since the service began, by the service's own count. */
async function countCalls({ name, calls }: OptionalPart) {
  const text = (await administrator.get('/metrics')).body.toString()
  const count = (outcome: string) =>
    calls
      .map(
        (call) => new RegExp(`^holdfast_part_calls_total{part="${name}",call="${call}",outcome="${outcome}"} (\\d+)`, 'm').exec(text)?.[1],
      )
      .reduce((sum, many) => sum + Number(many ?? 0), 0)
  return { done: count('done'), failed: count('failed'), skipped: count('skipped') }
}

/** Beside the load, how long it takes until the part does something again; not a number where that is too long. */
async function untilItWorks(part: OptionalPart): Promise<number> {
  const startedAt = performance.now()
  const { done } = await countCalls(part)
  while ((await countCalls(part)).done === done) {
    if (performance.now() - startedAt > recoveryMs) return Number.NaN
    await load(100)
  }
  return (performance.now() - startedAt) / 1_000
}

async function harm(part: OptionalPart, what: string, fault: PartFault): Promise<void> {
  const well = await load(forMs)
  const before = await countCalls(part)
  await fault.begin()
  const harmed = await load(forMs)
  const after = await countCalls(part)
  await fault.end()
  const back = await untilItWorks(part)
  const name = `${part.name} ${what}`
  const noticed = `${after.failed - before.failed} of its calls failed, ${after.skipped - before.skipped} were skipped`
  console.log(
    `${name}: ${harmed.requests} requests (${well.requests} just before), p99 ${harmed.p99Ms.toFixed(0)} ms (${well.p99Ms.toFixed(0)} ms); ${noticed}`,
  )
  tellGoal(`${name}, failed`, harmed.failed + well.failed, 'requests', { atMost: 0 })
  tellGoal(`${name}, p99`, harmed.p99Ms / well.p99Ms, 'of what it was', { atMost: 2 })
  tellGoal(`${name}, at work again after`, back, 's', { atMost: recoveryMs / 1_000 })
}

for (const part of parts) {
  if (Number.isNaN(await untilItWorks(part))) throw new Error(`${part.name} does nothing before it is harmed`)
}
await load(forMs)
for (const part of parts.filter(({ name }) => only === undefined || name === only)) {
  for (const [what, fault] of Object.entries(part.faults)) await harm(part, what, fault)
}
