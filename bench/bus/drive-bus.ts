import { measure } from '../load/measure.ts'

/** Where the servers of a round are, by their variables. */
export type Addresses = Readonly<Record<string, string>>

export interface BusPlan {
  readonly addresses: Addresses
  readonly messages: number
  /** Handled before the clock starts. */
  readonly warmUpMessages: number
  /** Each sends its next message when the one before is surely kept. */
  readonly callers: number
  /** Messages that the consumer has in hand at once. */
  readonly inHand: number
}

/** A message bus with its consumer running in this process. */
export interface Bus extends AsyncDisposable {
  /** Resolves when the message is surely kept. */
  send(note: Note): Promise<unknown>
}

export interface Note {
  readonly number: number
  readonly text: string
}

export type OpenBus = (plan: BusPlan, onHandled: () => void) => Promise<Bus>

/** Sends and handles the messages of the plan that this process was given, and prints what was measured: from the first send to the last handling. */
export async function driveBus(openBus: OpenBus): Promise<void> {
  const plan = JSON.parse(process.argv[2] ?? '') as BusPlan
  let left = 0
  let allHandled = Promise.withResolvers<void>()
  await using bus = await openBus(plan, () => {
    left -= 1
    if (left === 0) allHandled.resolve()
  })
  const moveMessages = async (messages: number) => {
    left = messages
    allHandled = Promise.withResolvers()
    await Promise.all([sendAll(bus, messages, plan.callers), allHandled.promise])
    return messages
  }
  await moveMessages(plan.warmUpMessages)
  const measured = await measure(process.pid, () => moveMessages(plan.messages))
  console.log(JSON.stringify(measured))
}

const text = 'x'.repeat(200)

async function sendAll(bus: Bus, messages: number, callers: number): Promise<void> {
  let sent = 0
  const call = async () => {
    while (sent < messages) await bus.send({ number: sent++, text })
  }
  await Promise.all(Array.from({ length: callers }, call))
}
