import { prefix } from '../bus-torture/bus.ts'
import type { OwnVirtualHost } from '../service/own-virtual-host.ts'
import { type Dispatching, range, startDispatching } from './dispatching.ts'
import { type CarrierName, openPlace } from './place.ts'
import { type Kind, probe } from './probe.ts'
import type { Report } from './report.ts'
import { keepWorkers } from './workers.ts'

export interface PoisonOptions {
  readonly carrier: CarrierName
  /** Messages of each kind. */
  readonly each: number
  readonly maxAttempts: number
}

interface Sort {
  readonly name: string
  readonly ids: readonly string[]
  /** What is allowed to it. */
  readonly attempts: number
}

const beside = 20
const [leaseMs, timeLimitMs] = [2_000, 300]

/** Lets workers swallow poison, one kind after the other, each among plain messages that are dispatched in the same moment. */
export async function poison({ carrier, each, maxAttempts }: PoisonOptions): Promise<Report> {
  await using place = await openPlace(carrier)
  await using dispatching = startDispatching(place)
  const retry = { maxAttempts, delayMs: 50, multiplier: 1.5, maxDelayMs: 500 }
  await using _workers = keepWorkers({ ...place, probing: { retry, timeLimitMs }, worker: { leaseMs } }, 2)
  const sorts: Sort[] = []
  for (const [name, send] of kindsOfPoison) {
    const ids = await send(dispatching, range(0, each))
    sorts.push({ name, ids, attempts: send === sendCut ? 1 : maxAttempts })
    await dispatching.send(range(1_000 * sorts.length, beside), 'plain')
    await dispatching.settled(sorts.length * (each + beside), 120_000)
  }
  if (place.virtualHost !== undefined)
    sorts.push({ name: 'bytes of another system', ids: await sendBytes(place.virtualHost, dispatching), attempts: 1 })
  const told = await Promise.all(sorts.map((sort) => tell(dispatching, sort)))
  const { effects, inEffect, states } = await dispatching.findings()
  const plain = beside * kindsOfPoison.length
  return {
    lines: [...told.map(({ line }) => `${carrier}: ${line}`), `${plain} messages beside them, ${effects} effects`],
    faults: [
      ...told.flatMap(({ faults }) => faults),
      ...(effects === plain && inEffect === plain && states['done'] === plain ? [] : ['messages beside them were lost or doubled']),
    ],
  }
}

type Send = (dispatching: Dispatching, numbers: readonly number[]) => Promise<string[]>

const sendAs =
  (kind: Kind): Send =>
  ({ send }, numbers) =>
    send(numbers, kind)

/** Kept by an older or newer process, say: JSON that was cut off. Not due before it is. */
const sendCut: Send = async ({ bus: { database, messenger } }, numbers) => {
  const dispatched = await database.transaction((tx) => {
    const outbox = messenger.outbox(tx)
    return Promise.all(numbers.map((n) => outbox.dispatch(probe, { n, kind: 'plain' }, { delayMs: 600_000 })))
  })
  await database.transaction(async (tx) => {
    for (const id of dispatched) await tx.run('UPDATE message SET payload = ?, due_at = created_at WHERE id = ?', ['{"n": cut o', id])
  })
  return dispatched
}

const kindsOfPoison: readonly (readonly [name: string, send: Send])[] = [
  ['throws', sendAs('throws')],
  ['hangs', sendAs('hangs')],
  ['cannot be decoded', sendCut],
  ['kills its process', sendAs('kills')],
]

/** Nothing that JSON could be, from nobody knows where. Answers the ids under which it was kept. */
async function sendBytes(virtualHost: OwnVirtualHost, { bus, settled, findings }: Dispatching): Promise<string[]> {
  const { failed = 0, done = 0 } = (await findings()).states
  await virtualHost.publish(`${prefix}.high`, Buffer.from([0xff, 0xfe, 0x00]))
  await settled(failed + done + 1, 60_000)
  const { items } = await bus.messenger.failed.list()
  return items.filter(({ payload }) => payload.startsWith('base64:')).map(({ id }) => id)
}

async function tell({ bus }: Dispatching, { name, ids, attempts }: Sort): Promise<{ line: string; faults: string[] }> {
  const shown = await Promise.all(ids.map((id) => bus.messenger.failed.show(id)))
  const right = shown.filter((message) => message?.attempt === attempts && message.failedAttempts.length === attempts)
  const line = `${name}: ${right.length} of ${ids.length} in the failed store after exactly ${attempts} of ${attempts} attempts`
  return { line, faults: ids.length > 0 && right.length === ids.length ? [] : [line] }
}
