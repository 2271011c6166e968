import { setTimeout as pause } from 'node:timers/promises'
import { range, startDispatching } from './dispatching.ts'
import { type CarrierName, openPlace } from './place.ts'
import type { Report } from './report.ts'
import { type Exit, keepWorkers, type Workers } from './workers.ts'

export interface AskedToEndOptions {
  readonly carrier: CarrierName
  readonly times: number
  readonly perSecond: number
}

/** Of what is dispatched, one in so many takes 300 ms: whoever is asked to end has begun some of them. */
const oneIn = 10
const slowMs = 300
const graceMs = 10_000
const betweenMs = { shortest: 300, longest: 1_200 }
const stepMs = 50

/** Asks one worker of three after the other to end, as a deployment does, while messages come at their rate. */
export async function askedToEnd({ carrier, times, perSecond }: AskedToEndOptions): Promise<Report> {
  await using place = await openPlace(carrier)
  await using dispatching = startDispatching(place)
  await using workers = keepWorkers({ ...place, probing: { slowMs }, worker: { graceMs } }, 3)
  const enough = new AbortController()
  let sent = 0
  const sending = async () => {
    const beganAt = performance.now()
    while (!enough.signal.aborted) {
      const numbers = range(sent, Math.max(0, Math.round(((performance.now() - beganAt) * perSecond) / 1_000) - sent))
      await dispatching.send(
        numbers.filter((n) => n % oneIn !== 0),
        'plain',
      )
      await dispatching.send(
        numbers.filter((n) => n % oneIn === 0),
        'slow',
      )
      sent += numbers.length
      await pause(stepMs)
    }
  }
  const [exits] = await Promise.all([askAll(workers, times).finally(() => enough.abort()), sending()])
  await dispatching.settled(sent, 60_000)
  const { states, effects, inEffect, begunAgain } = await dispatching.findings()
  const wrong = exits.filter(({ code, tookMs }) => code !== 0 || tookMs > graceMs)
  const inHand = exits.reduce((sum, exit) => sum + exit.inHand, 0)
  return {
    lines: [
      `${carrier}: ${times} SIGTERMs to workers under ${perSecond} messages a second, ${sent} in all, grace ${graceMs} ms`,
      `${inHand} messages were in hand when their worker was asked to end; the longest end took ${Math.max(...exits.map(({ tookMs }) => tookMs)).toFixed(0)} ms`,
      `${begunAgain} messages were begun again, ${exits.length - wrong.length} of ${times} ended with 0 within the grace`,
      `${sent} messages, ${effects} effects`,
    ],
    faults: [
      ...wrong.map(({ code, signal, tookMs }) => `a worker ended with ${code ?? signal} after ${tookMs.toFixed(0)} ms`),
      ...(begunAgain === 0 ? [] : [`${begunAgain} messages were begun again`]),
      ...(inHand === 0 ? ['no worker had anything in hand when it was asked to end'] : []),
      ...(effects === sent && inEffect === sent && states['done'] === sent ? [] : ['messages were lost or in effect twice']),
    ],
  }
}

/** Each in its turn, when it is at work. */
async function askAll({ all }: Workers, times: number): Promise<(Exit & { readonly inHand: number })[]> {
  const exits: (Exit & { inHand: number })[] = []
  for (let time = 0; time < times; time += 1) {
    const index = time % all.length
    while ((all[index]?.inHand.size ?? 0) === 0) await pause(2)
    const worker = all[index]
    if (worker === undefined) continue
    const inHand = worker.inHand.size
    exits.push({ ...(await worker.end('SIGTERM')), inHand })
    await pause(betweenMs.shortest + ((time * 7) % 10) * ((betweenMs.longest - betweenMs.shortest) / 10))
  }
  return exits
}
