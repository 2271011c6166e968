import type { DeliveryTransaction } from '@holdfast/messenger'
import type { Tx } from '../kernel/tx.ts'

/** What the service adds to a message's transaction: its clock and its correlation id. */
export type BindTx = (opened: DeliveryTransaction) => Promise<Tx>

type Commit = <Result>(effect: (opened: DeliveryTransaction) => Promise<Result>) => Promise<Result>

/** An operation's last step commits together with the message's receipt. */
export const committing =
  (bindTx: BindTx, commit: Commit) =>
  (effect: (tx: Tx) => Promise<void>): Promise<void> =>
    commit(async (opened) => effect(await bindTx(opened)))
