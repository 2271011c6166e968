import type { ClaimedMessage } from './claim.ts'
import { type ErrorText, failedAttempt } from './failed-attempt.ts'
import { type Hold, leaseLost } from './hold.ts'
import type { Verdict } from './retry.ts'
import type { Change, Transaction, Transport } from './transport.ts'

const released = { leaseToken: null, leaseUntil: null } as const

/** The receipt, in the transaction of the effect. Throws `messenger.lease_lost`, so that the effect rolls back, when the delivery was overtaken. */
export async function settleDone<Tx extends Transaction>(transport: Transport<Tx>, tx: Tx, hold: Hold): Promise<void> {
  await settleAs(transport, tx, hold, { ...released, state: 'done', handledAt: await transport.now() })
}

/** Many receipts in one transaction. False, and nothing is written, when one of the deliveries was overtaken. */
export async function settleAllDone<Tx extends Transaction>(transport: Transport<Tx>, holds: readonly Hold[]): Promise<boolean> {
  const change = { ...released, state: 'done', handledAt: await transport.now() } as const
  try {
    await transport.transaction(async (tx) => {
      for (const [leaseToken, ofToken] of Map.groupBy(holds, ({ message }) => message.leaseToken)) {
        const ids = ofToken.map(({ message }) => message.id)
        const settled = await transport.writes.moveAll(tx, ids, { state: 'leased', leaseToken }, change)
        if (settled < ids.length) throw new Overtaken()
      }
      tx.afterCommit(() => {
        for (const hold of holds) hold.isSettled = true
      })
    })
    return true
  } catch (error) {
    if (error instanceof Overtaken) return false
    throw error
  }
}

class Overtaken extends Error {
  override readonly name = 'Overtaken'
}

/** An attempt that ended in an error. Throws `messenger.lease_lost`. */
export async function settleFailure<Tx extends Transaction>(
  transport: Transport<Tx>,
  hold: Hold,
  verdict: Verdict,
  error: ErrorText,
): Promise<void> {
  const { message } = hold
  const now = await transport.now()
  await transport.transaction(async (tx) => {
    await settleAs(transport, tx, hold, changeFor(verdict, message, now, error))
    if (verdict.is !== 'put-back') {
      await transport.writes.addFailedAttempt(tx, failedAttempt(message, message.worker, now, error.detail))
    }
  })
}

/** Gives a message back untouched, for another worker to take at once. Does nothing when it has been settled or taken away. */
export async function handBack<Tx extends Transaction>(transport: Transport<Tx>, tx: Tx, { message }: Hold): Promise<void> {
  const { id, leaseToken, attempt } = message
  await transport.writes.move(tx, id, { state: 'leased', leaseToken }, { ...released, state: 'pending', attempt: attempt - 1 })
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

async function settleAs<Tx extends Transaction>(transport: Transport<Tx>, tx: Tx, hold: Hold, change: Change): Promise<void> {
  const { id, leaseToken } = hold.message
  const isHeld = await transport.writes.move(tx, id, { state: 'leased', leaseToken }, change)
  if (!isHeld) throw leaseLost(hold.message, 'another delivery overtook this one')
  tx.afterCommit(() => {
    hold.isSettled = true
  })
}
