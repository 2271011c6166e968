/**
 * `faults.ts ENV URL [--only mysql,redis]`: kills, pauses and cuts off each service of a stack under load, one after the other, and prints what
 * readiness told, how long it took until all was well again, and what failed meanwhile. Exit 1 where something acknowledged was lost, where a part that the
 * service can do without cost a request, where readiness said nothing, or where it took longer than 30 s; also where the container of a worker with a loop
 * that hangs was not unhealthy within 15 s.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Client, createClient } from '../service/client.ts'
import { json } from '../service/send.ts'
import { uploadSteadily } from './acknowledged-uploads.ts'
import { type Accident, type Container, loopHangs, runningContainers } from './containers.ts'
import { openStack } from './stack.ts'

/** What each is among the parts of `/readyz`. */
const parts: Readonly<Record<string, string>> = {
  ...{
    mysql: 'database',
    azurite: 'storage',
    rabbitmq: 'broker',
    redis: 'redis',
    elasticsearch: 'search',
    mailpit: 'mail',
    mercure: 'hub',
  },
}
/** What serves nobody: readiness knows nothing of it. */
const behind = new Set(['logs', 'kibana'])
/** Without one of these a request may fail. */
const needed = new Set(['nginx', 'app', 'mysql', 'azurite'])

const leastMs = 3_000
const mostMs = 30_000

const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: 'string' } } })
const [environment = ''] = positionals
const stack = openStack(positionals)
const apiKey = await stack.apiKey('faults')
const client = createClient(stack.url, apiKey)
const containers = await runningContainers(`holdfast-${environment}`)
const chosen =
  values.only?.split(',') ??
  [...containers.keys()].filter((service) => service in parts || behind.has(service) || ['nginx', 'app', 'worker'].includes(service))

interface Readiness {
  readonly parts: Readonly<Record<string, { readonly status: string }>>
}

/** `up`, `down` where the part is said to be down, or what else was answered. */
async function readinessOf(asker: Client, part: string | undefined): Promise<string> {
  const reply = await asker
    .send({ method: 'GET', path: '/readyz', headers: { connection: 'close' }, timeoutMs: 5_000 })
    .catch(() => undefined)
  if (reply === undefined) return 'no answer'
  if (!reply.body.includes('"parts"')) return `no answer (${reply.status})`
  const told = json<Readiness>(reply).parts
  if (part === undefined) return Object.values(told).every(({ status }) => status === 'up') ? 'up' : 'degraded'
  return told[part]?.status ?? 'unknown'
}

/** Seconds until it is so, or undefined. */
async function until(isSo: () => Promise<boolean>): Promise<number | undefined> {
  const startedAt = performance.now()
  while (performance.now() - startedAt < mostMs) {
    if (await isSo()) return (performance.now() - startedAt) / 1_000
    await pause(200)
  }
  return undefined
}

const isTold = async ({ service, health }: Container): Promise<boolean> => {
  if (service === 'worker') return (await health()) !== 'healthy'
  const told = await readinessOf(client, parts[service])
  return told === 'down' || told.startsWith('no answer')
}

const isWell = async ({ health }: Container): Promise<boolean> =>
  (await health()) === 'healthy' && (await readinessOf(client, undefined)) === 'up' && (await canUpload())

const canUpload = async (): Promise<boolean> => {
  const request = {
    method: 'POST',
    path: `/v1/files?name=${crypto.randomUUID()}`,
    body: Buffer.from('well'),
    headers: { connection: 'close' },
  }
  return (await client.send({ ...request, timeoutMs: 5_000 }).catch(() => undefined))?.status === 201
}

const problems: string[] = []
const seconds = (value: number | undefined) => (value === undefined ? 'never' : `${value.toFixed(1)} s`)

async function tryFault(container: Container, fault: string, { begin, end }: Accident): Promise<void> {
  const { failures } = uploads
  // What the accident before left behind in its health is not this one's.
  if ((await until(() => isWell(container))) === undefined) throw new Error(`${container.service} was not well before it should ${fault}`)
  const before = await failures()
  const least = pause(leastMs)
  await begin()
  const isSilent = behind.has(container.service)
  const told = isSilent ? undefined : await until(() => isTold(container))
  await least
  await end()
  const well = await until(() => isWell(container))
  const failed = (await failures()) - before
  const what = `${container.service.padEnd(14)} ${fault.padEnd(11)}`
  console.log(
    `${what} ${(isSilent ? 'nobody to tell' : `told after ${seconds(told)}`).padEnd(18)} well after ${seconds(well).padEnd(7)} failed uploads ${failed}`,
  )
  if (told === undefined && !isSilent) problems.push(`${what}: readiness did not tell`)
  if (well === undefined) problems.push(`${what}: not well within 30 s`)
  if (failed > 0 && !needed.has(container.service))
    problems.push(`${what}: ${failed} uploads failed without a part that can be done without`)
  if (fault === 'loop hangs' && told !== undefined && told > 15) problems.push(`${what}: told after more than 15 s`)
}

const uploads = uploadSteadily(stack.url, apiKey)
for (const service of chosen) {
  const container = containers.get(service)
  if (container === undefined) throw new Error(`${service} does not run`)
  for (const fault of ['kill', 'pause', 'disconnect'] as const) await tryFault(container, fault, container.accidents[fault])
}
const [worker, mysql] = [containers.get('worker'), containers.get('mysql')]
if (chosen.includes('worker') && worker !== undefined && mysql !== undefined) await tryFault(worker, 'loop hangs', loopHangs(mysql))
const { acknowledged, lost } = await uploads.lost()
console.log(`${acknowledged} uploads were acknowledged, ${lost.length} of them lost`)
problems.push(...lost)
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
