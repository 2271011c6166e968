import { setTimeout as pause } from 'node:timers/promises'
import {
  type Broker,
  type Capability,
  createMessenger,
  type Deliveries,
  type Delivery,
  type DispatchOptions,
  type Handler,
  handle,
  type Messenger,
  MessengerError,
  type MessengerOptions,
  message,
  type StandardSchema,
  type StoredMessage,
  type Transaction,
  type Transport,
} from '../index.ts'

/** Milliseconds since 1970; tests move it. */
export interface TestClock {
  now: number
}

export interface OpenedTransport<Tx extends Transaction> {
  readonly transport: Transport<Tx>
  /** Something that becomes true with the transaction: a row, say. */
  effect(tx: Tx, name: string): Promise<void>
  /** The effects that were committed, in their order. */
  effects(): Promise<readonly string[]>
  /** The same messages and effects, as another process opens them. Asked for when the transport is declared `durable` or `shared`. */
  again(): Promise<OpenedTransport<Tx>>
  close(): Promise<void>
}

export interface TransportUnderTest<Tx extends Transaction> {
  readonly name: string
  /** What it declares. What is missing here is tested to be refused at start. */
  readonly capabilities: readonly Capability[]
  /** Empty, with the clock given. */
  open(clock: TestClock): Promise<OpenedTransport<Tx>>
}

export interface Note {
  readonly text: string
}

const noteSchema: StandardSchema<Note, Note> = {
  '~standard': {
    version: 1,
    vendor: 'contract',
    validate: (value) => (isNote(value) ? { value } : { issues: [{ message: 'expected a string', path: ['text'] }] }),
  },
}

const isNote = (value: unknown): value is Note =>
  typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string'

export const note = message('contract.note.v1', noteSchema, { lane: 'high' })
export const echo = message('contract.echo.v1', noteSchema, { lane: 'low' })

export type NoteHandler<Tx extends Transaction> = (delivery: Delivery<Note, Tx>) => Promise<unknown>

type SceneOptions<Tx extends Transaction> = Omit<MessengerOptions<Tx>, 'transport' | 'contracts' | 'handlers'>

/** A transport, its clock, and messengers on it. */
export interface Scene<Tx extends Transaction> extends Omit<OpenedTransport<Tx>, 'again'>, AsyncDisposable {
  readonly clock: TestClock
  /** The same messages by the same clock, as another process has them. */
  again(): Promise<Scene<Tx>>
  /** A messenger whose notes and echoes go to one handler. Its ladder is 1, 2, 3, 3, … seconds without jitter, five attempts in all. */
  messenger(handler: NoteHandler<Tx>, options?: SceneOptions<Tx>): Messenger<Tx>
  /** One dispatch in a transaction of its own. */
  send(messenger: Messenger<Tx>, text: string, options?: DispatchOptions): Promise<string>
  find(id: string): Promise<StoredMessage>
  /** Puts a message into the table as no outbox would. */
  plant(message: Partial<StoredMessage>): Promise<string>
}

export const ladder = { maxAttempts: 5, delayMs: 1_000, multiplier: 2, maxDelayMs: 3_000, jitter: 0 }

export const handling = <Tx extends Transaction>(handler: NoteHandler<Tx>): Handler<Tx>[] => [
  handle<Note, Note, Tx>(note, handler),
  handle<Note, Note, Tx>(echo, handler),
]

export async function openScene<Tx extends Transaction>(under: TransportUnderTest<Tx>): Promise<Scene<Tx>> {
  const clock = { now: Date.UTC(2030, 0, 1) }
  return sceneOf(await under.open(clock), clock)
}

function sceneOf<Tx extends Transaction>(opened: OpenedTransport<Tx>, clock: TestClock): Scene<Tx> {
  const { transport } = opened
  return {
    ...opened,
    clock,
    again: async () => sceneOf(await opened.again(), clock),
    messenger: (handler, options = {}) =>
      createMessenger({ transport, contracts: [note, echo], handlers: handling(handler), retry: ladder, ...options }),
    send: (messenger, text, options) => transport.transaction((tx) => messenger.outbox(tx).dispatch(note, { text }, options)),
    find: async (id) => {
      const found = await transport.reads.find(id)
      if (found === undefined) throw new Error(`no message ${id}`)
      return found
    },
    plant: (planted) => transport.transaction((tx) => transport.writes.insert(tx, { ...blank(clock.now), ...planted })),
    [Symbol.asyncDispose]: () => opened.close(),
  }
}

function blank(now: number): StoredMessage {
  return {
    id: '00000000-0000-7000-8000-000000000000',
    name: note.name,
    lane: note.lane,
    payload: '{"text":"planted"}',
    correlationId: 'planted',
    causationId: null,
    traceparent: null,
    tenant: null,
    dedupeKey: null,
    createdAt: now,
    dueAt: now,
    notAfter: null,
    state: 'pending',
    attempt: 0,
    leaseToken: null,
    leaseUntil: null,
    dispatchedAt: null,
    startedAt: null,
    worker: null,
    handledAt: null,
    lastError: null,
  }
}

/** The same transport, which can be made to fail as a database that is away does. */
export function breakable<Tx extends Transaction>(
  transport: Transport<Tx>,
): Transport<Tx> & { isDown: boolean; readonly refusals: number } {
  let refusals = 0
  const refuse = () => {
    refusals += 1
    return Promise.reject(new Error('the database is away'))
  }
  const breakableDeliveries = <Ways extends Deliveries<Tx>>(deliveries: Ways): Ways => ({
    ...deliveries,
    nextAt: (lane: string) => (broken.isDown ? refuse() : deliveries.nextAt(lane)),
  })
  const breakableBroker = (broker: Broker<Tx>): Broker<Tx> => ({
    ...broker,
    consume: (...args) => breakableDeliveries(broker.consume(...args)),
  })
  const broken = {
    ...transport,
    isDown: false,
    get refusals() {
      return refusals
    },
    transaction: <Result>(work: (tx: Tx) => Promise<Result>) => (broken.isDown ? refuse() : transport.transaction(work)),
    deliveries: breakableDeliveries(transport.deliveries),
    ...(transport.broker === undefined ? {} : { broker: breakableBroker(transport.broker) }),
  }
  return broken
}

/** Runs what is due until nothing is. Answers how many deliveries it took. */
export async function runAll(worker: { runOnce(): Promise<number> }): Promise<number> {
  let taken = 0
  for (;;) {
    const more = await worker.runOnce()
    if (more === 0) return taken
    taken += more
  }
}

/** Waits for something that another part of the process is about to do. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 60_000
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error('it did not happen')
    await pause(2)
  }
}

/** Never settles: a handler that hangs, or whose process died. */
export const never = (): Promise<never> => new Promise(() => undefined)

/** The code with which something is refused. */
export const refusalOf = (refused: Promise<unknown>): Promise<string> =>
  refused.then(
    () => 'not refused',
    (error: unknown) => (error instanceof MessengerError ? error.code : String(error)),
  )
