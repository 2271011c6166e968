import { setTimeout as pause } from 'node:timers/promises'
import { percentile } from '../../bench/durations.ts'
import { type Client, createClient, expectJson } from '../service/client.ts'
import { openHouse } from '../service/house.ts'
import type { Reply, Request } from '../service/send.ts'
import { type CarrierName, takeServers } from './place.ts'
import type { Report } from './report.ts'

export interface RestoreBesidePurgeOptions {
  readonly carrier: CarrierName
  readonly races: number
  readonly atOnce: number
}

interface Race {
  readonly fileId: string
  readonly content: string
  readonly restored: boolean
  /** From the end of the grace until the restore was sent. */
  readonly offsetMs: number
}

const graceSeconds = 1
const stepMs = 15
const jitterMs = 50
const purgedWithinMs = 60_000

/** Restores files by HTTP at the very moment at which the message that purges them is handled, in two processes. */
export async function restoreBesidePurge({ carrier, races, atOnce }: RestoreBesidePurgeOptions): Promise<Report> {
  await using opened = new AsyncDisposableStack()
  const { databaseUrl, virtualHost } = await takeServers(carrier, opened)
  const settings = {
    MEDIA_PURGE_DELAY_SECONDS: String(graceSeconds),
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    ...(virtualHost !== undefined && { MESSENGER_TRANSPORT_DSN: virtualHost.url }),
  }
  const house = opened.use(await openHouse(settings))
  const clients = [house.process.url, (await house.restart()).url].map((url) => createClient(url, house.account.apiKey))
  const ran = await runRaces(clients, races, atOnce)
  // Whoever was not to purge has had the time for a mistake.
  await pause(3_000)
  const verdicts = await Promise.all(chunks(ran, 8).map((some) => judgeAll(clients, some)))
  const wrong = verdicts.flat()
  const restored = ran.filter((race) => race.restored)
  const offsets = ran.map(({ offsetMs }) => offsetMs)
  return {
    lines: [
      `${carrier}: ${races} restores sent at the moment of the purge: ${restored.length} came in time, ${races - restored.length} too late`,
      `sent from ${Math.min(...offsets)} to ${Math.max(...offsets)} ms after the end of the grace, half of them after ${percentile(offsets, 0.5)} ms`,
      `${wrong.length} wrong deletions or wrong answers`,
    ],
    faults: [
      ...wrong,
      ...(restored.length === 0 || restored.length === races ? ['there was no race: all of them ended in the same way'] : []),
    ],
  }
}

/**
 * Later after a restore that came in time, earlier after one that came too late: so both happen, whatever the load. In larger steps where one of them has
 * not happened by half-time.
 */
async function runRaces(clients: readonly Client[], races: number, atOnce: number): Promise<Race[]> {
  const ran: Race[] = []
  const outcomes = new Set<boolean>()
  let aimMs = 0
  let next = 0
  const runSome = async () => {
    while (next < races) {
      const index = next
      next += 1
      const offsetMs = Math.round(aimMs + jitterMs * (2 * Math.random() - 1))
      const race = await runOne(clients[index % clients.length] as Client, index, offsetMs)
      ran.push(race)
      outcomes.add(race.restored)
      const step = outcomes.size === 1 && ran.length > races / 2 ? 10 * stepMs : stepMs
      aimMs += race.restored ? step : -step
    }
  }
  await Promise.all(Array.from({ length: atOnce }, runSome))
  return ran
}

async function runOne(client: Client, index: number, offsetMs: number): Promise<Race> {
  const content = `content of ${index}`
  const { id: fileId } = expectJson<{ id: string }>(
    await insist((headers) => client.upload(`${index}.txt`, Buffer.from(content), headers)),
    201,
  )
  const { purgeAt } = expectJson<{ purgeAt: string }>(
    await insist((headers) => client.ask('DELETE', `/v1/files/${fileId}`, undefined, headers)),
    202,
  )
  await pause(Math.max(0, Date.parse(purgeAt) + offsetMs - Date.now()))
  const sentMs = Date.now() - Date.parse(purgeAt)
  const { status, body } = await insist((headers) => client.ask('POST', `/v1/files/${fileId}/restore`, undefined, headers))
  if (![200, 409, 410].includes(status)) throw new Error(`${status} to a restore: ${body}`)
  return { fileId, content, restored: status === 200, offsetMs: sentMs }
}

/** Under one key, so that a service with too much to do, or a connection that it resets, is asked again and nothing is done twice. */
async function insist(ask: (headers: Request['headers']) => Promise<Reply>): Promise<Reply> {
  const headers = { 'idempotency-key': `"${crypto.randomUUID()}"` }
  for (let left = 30; ; left -= 1) {
    const reply = await ask(headers).catch((error: unknown) => {
      if (left === 0) throw error
    })
    if (reply !== undefined && (reply.status < 500 || left === 0)) return reply
    await pause(500)
  }
}

async function judgeAll(clients: readonly Client[], races: readonly Race[]): Promise<string[]> {
  const wrong: string[] = []
  for (const race of races) {
    const until = performance.now() + purgedWithinMs
    let seen = await look(clients, race)
    // Whoever purges may be late.
    while (!seen.isRight && !race.restored && performance.now() < until) {
      await pause(500)
      seen = await look(clients, race)
    }
    if (!seen.isRight)
      wrong.push(`${race.fileId} was ${race.restored ? 'restored' : 'too late'} and answers ${seen.statuses.join(' and ')}`)
  }
  return wrong
}

/** A file that was restored is there, to each of them, and one that was not is gone. */
async function look(clients: readonly Client[], { fileId, content, restored }: Race) {
  const ask = (path: string) => Promise.all(clients.map((client) => insist((headers) => client.get(path, headers))))
  const [told, contents] = await Promise.all([ask(`/v1/files/${fileId}`), ask(`/v1/files/${fileId}/content`)])
  const isThere = told.every(({ status }) => status === 200) && contents.every(({ body }) => body.toString() === content)
  const isGone = told.every(({ status }) => status === 410) && contents.every(({ status }) => status !== 200)
  return { isRight: restored ? isThere : isGone, statuses: told.map(({ status }) => status) }
}

function chunks<Item>(items: readonly Item[], count: number): Item[][] {
  return Array.from({ length: count }, (_, chunk) => items.filter((_item, index) => index % count === chunk))
}
