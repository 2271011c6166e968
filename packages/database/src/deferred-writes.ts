import type { Sql, SqlTransaction } from './sql.ts'

/** Writes what was handed in to it, in as few statements as it can. The items are in the order they came. */
export type DeferredWrite<Item> = (tx: Sql, items: readonly Item[]) => Promise<void>

/** What the works of one transaction have handed in to be written before its COMMIT. */
export class DeferredWrites {
  readonly #items = new Map<DeferredWrite<never>, unknown[]>()

  add<Item>(write: DeferredWrite<Item>, item: Item): void {
    const items = this.#items.get(write)
    if (items === undefined) this.#items.set(write, [item])
    else items.push(item)
  }

  addAll(others: DeferredWrites): void {
    for (const [write, items] of others.#items) for (const item of items) this.add(write, item as never)
  }

  async run(tx: Sql): Promise<void> {
    for (const [write, items] of this.#items) await write(tx, items as never[])
  }
}

/** The work, and then what it has handed in. */
export async function runWhole<Result, Tx extends SqlTransaction & { readonly deferred: DeferredWrites }>(
  work: (tx: Tx) => Promise<Result>,
  tx: Tx,
): Promise<Result> {
  const result = await work(tx)
  await tx.deferred.run(tx)
  return result
}
