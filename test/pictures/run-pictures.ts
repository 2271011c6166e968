import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { processesBelow } from '../service/child-processes.ts'
import type { Client } from '../service/client.ts'
import { openHouse } from '../service/house.ts'
import { json, type Reply } from '../service/send.ts'
import { judge, type Verdict } from './judge-picture.ts'
import type { PictureCase } from './picture-case.ts'
import { quarters, upright } from './quarters.ts'

export interface PicturesResult {
  readonly cases: number
  /** How many came to what. */
  readonly outcomes: ReadonlyMap<string, number>
  /** By name of the case. */
  readonly faults: ReadonlyMap<string, string>
  /** The most that a process which renders or draws ever had in memory; undefined where the system does not tell. */
  readonly peakRssBytes: number | undefined
}

/** Gives each to a service of its own, and one more that is as it should be, at the end: it still serves. */
export async function runPictures(
  cases: AsyncIterable<PictureCase>,
  settings: Readonly<Record<string, string>> = {},
): Promise<PicturesResult> {
  await using house = await openHouse(settings)
  const watched = watchRenderers(house.process.pid)
  const outcomes = new Map<string, number>()
  const faults = new Map<string, string>()
  let count = 0
  for await (const one of withLast(cases)) {
    count++
    const { outcome, fault } = await tryCase(house.administrator, one)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    if (fault !== undefined) faults.set(one.name, fault)
  }
  return { cases: count, outcomes, faults, peakRssBytes: await watched.stop() }
}

async function* withLast(cases: AsyncIterable<PictureCase>): AsyncGenerator<PictureCase> {
  yield* cases
  yield { name: 'one more', bytes: await quarters(60, 40), expected: { preview: { width: 60, height: 40, shows: upright } } }
}

async function tryCase(client: Client, one: PictureCase): Promise<Verdict> {
  const headers = one.declared === undefined ? {} : { 'content-type': one.declared }
  const bytes = one.bytes instanceof Function ? await one.bytes() : one.bytes
  const uploaded = await client.upload(`${crypto.randomUUID()}.jpg`, bytes, headers)
  if (uploaded.status !== 201) return judge(client, one, uploaded, '')
  const file = `/v1/files/${json<{ id: string }>(uploaded).id}`
  return judge(client, one, await whenMade(client, `${file}/thumbnails/medium`), file)
}

async function whenMade(client: Client, path: string): Promise<Reply> {
  for (;;) {
    const reply = await client.get(path)
    if (reply.status !== 202) return reply
    await pause(20)
  }
}

/** Reads the high-water mark that the system keeps for each. */
function watchRenderers(pid: number) {
  const stop = new AbortController()
  let peakKib: number | undefined
  const run = async () => {
    while (!stop.signal.aborted) {
      for (const child of await processesBelow(pid)) {
        const status = await readFile(`/proc/${child}/status`, 'utf8').catch(() => '')
        const kib = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]
        if (kib !== undefined) peakKib = Math.max(peakKib ?? 0, Number(kib))
      }
      await pause(10)
    }
  }
  const running = run()
  return {
    stop: async () => {
      stop.abort()
      await running
      return peakKib === undefined ? undefined : peakKib * 1024
    },
  }
}
