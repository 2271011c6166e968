import type { ClaimedMessage } from './claim.ts'
import { type DeliverDeps, deliver } from './deliver.ts'
import { errorText, failedAttempt } from './failed-attempt.ts'
import type { Hold } from './hold.ts'
import { logFields } from './log.ts'
import { judge, type Verdict } from './retry.ts'
import type { Settlement } from './settlement.ts'
import type { StoredMessage, Transaction, Transport } from './transport.ts'

/** A message that was sent without a row. Answers whether the broker may forget it. */
export async function deliverDirectly<Tx extends Transaction>(
  deps: DeliverDeps<Tx>,
  hold: Hold,
  leaseMs: number,
  isRedelivered: boolean,
): Promise<boolean> {
  const settlement = settlementByRow(deps.transport)
  if (isRedelivered) return keepLost(deps, hold, settlement)
  const outcome = await deliver({ ...deps, settlement }, hold, leaseMs)
  return outcome !== undefined && outcome !== 'overtaken'
}

/** Whoever had it neither acknowledged it nor said why. That was an attempt, and from now on a row counts them. */
async function keepLost<Tx extends Transaction>(deps: DeliverDeps<Tx>, hold: Hold, settlement: Settlement<Tx>): Promise<boolean> {
  const { log, retry, random, scrub, transport } = deps
  const error = new Error('the worker was lost: it did not acknowledge the message')
  try {
    const verdict = judge(retry, { error, attempt: 1, now: await transport.now(), random: random() })
    await settlement.failed(hold, verdict, errorText(error, scrub))
    return true
  } catch (unkept) {
    log.warn({ ...logFields(hold.message), err: unkept }, 'a message without a row could not be kept and goes back to the broker')
    return false
  }
}

/** Its first failure makes it a row: then it is tried again, shown, retried and removed like all others. */
function settlementByRow<Tx extends Transaction>(transport: Transport<Tx>): Settlement<Tx> {
  return {
    done: async () => undefined,
    returned: async () => undefined,
    failed: async ({ message }, verdict, { summary, detail }) => {
      // It came a second time: the row was committed and the acknowledgement lost.
      if ((await transport.reads.find(message.id)) !== undefined) return
      const now = await transport.now()
      await transport.transaction(async (tx) => {
        await transport.writes.insert(tx, rowOf(message, verdict, now, summary))
        if (verdict.is !== 'put-back') await transport.writes.addFailedAttempt(tx, failedAttempt(message, message.worker, now, detail))
      })
    },
  }
}

function rowOf(message: ClaimedMessage, verdict: Verdict, now: number, lastError: string): StoredMessage {
  const free = { ...message, leaseToken: null, leaseUntil: null, lastError }
  switch (verdict.is) {
    case 'fail':
      return { ...free, state: 'failed', handledAt: now }
    case 'retry':
      return { ...free, state: 'pending', dueAt: verdict.dueAt }
    case 'put-back':
      return { ...free, state: 'pending', dueAt: verdict.dueAt, attempt: 0, lastError: null }
  }
}
