import type { ErrorText } from './failed-attempt.ts'
import type { Hold } from './hold.ts'
import type { Receipts } from './receipts.ts'
import type { Verdict } from './retry.ts'
import { settleDone, settleFailure } from './settle.ts'
import type { Transaction, Transport } from './transport.ts'

/** Where it is written what became of a delivery. */
export interface Settlement<Tx extends Transaction> {
  /** In the transaction of the effect. */
  done(tx: Tx, hold: Hold): Promise<void>
  /** The handler had nothing to commit. */
  returned(hold: Hold): Promise<void>
  failed(hold: Hold, verdict: Verdict, error: ErrorText): Promise<void>
}

export function settlementInRows<Tx extends Transaction>(transport: Transport<Tx>, receipts: Receipts): Settlement<Tx> {
  return {
    done: (tx, hold) => settleDone(transport, tx, hold),
    returned: receipts.write,
    failed: (hold, verdict, error) => settleFailure(transport, hold, verdict, error),
  }
}
