import type { ClaimedMessage } from './claim.ts'
import { type ErrorText, failedAttempt } from './failed-attempt.ts'
import { MessengerError } from './messenger-error.ts'
import type { Verdict } from './retry.ts'
import type { Change, Transaction, Transport } from './transport.ts'

const released = { leaseToken: null, leaseUntil: null } as const

/** The receipt, in the transaction of the effect. Throws `messenger.lease_lost`, so that the effect rolls back, when the delivery was overtaken. */
export async function settleDone<Tx extends Transaction>(transport: Transport<Tx>, tx: Tx, message: ClaimedMessage): Promise<void> {
  await moveHeld(transport, tx, message, { ...released, state: 'done', handledAt: await transport.now() })
}

/** An attempt that ended in an error. Throws `messenger.lease_lost`. */
export async function settleFailure<Tx extends Transaction>(
  transport: Transport<Tx>,
  message: ClaimedMessage,
  verdict: Verdict,
  error: ErrorText,
): Promise<void> {
  const now = await transport.now()
  await transport.transaction(async (tx) => {
    await moveHeld(transport, tx, message, changeFor(verdict, message, now, error))
    if (verdict.is !== 'put-back') {
      await transport.writes.addFailedAttempt(tx, failedAttempt(message, message.worker, now, error.detail))
    }
  })
}

/** Gives a message back untouched, for another worker to take at once. True when this worker still held it. */
export function handBack<Tx extends Transaction>(transport: Transport<Tx>, tx: Tx, message: ClaimedMessage): Promise<boolean> {
  const { id, leaseToken } = message
  return transport.writes.move(tx, id, { state: 'leased', leaseToken }, { ...released, state: 'pending', attempt: message.attempt - 1 })
}

function changeFor(verdict: Verdict, message: ClaimedMessage, now: number, { summary }: ErrorText): Change {
  switch (verdict.is) {
    case 'retry':
      return { ...released, state: 'pending', dueAt: verdict.dueAt, lastError: summary }
    case 'put-back':
      return { ...released, state: 'pending', dueAt: verdict.dueAt, attempt: message.attempt - 1 }
    case 'fail':
      return { ...released, state: 'failed', handledAt: now, lastError: summary }
  }
}

async function moveHeld<Tx extends Transaction>(transport: Transport<Tx>, tx: Tx, message: ClaimedMessage, change: Change): Promise<void> {
  const { id, leaseToken } = message
  if (await transport.writes.move(tx, id, { state: 'leased', leaseToken }, change)) return
  throw new MessengerError('messenger.lease_lost', `${message.name} ${id}: this delivery was overtaken, its effect was not kept`)
}
