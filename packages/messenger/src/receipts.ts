import type { Hold } from './hold.ts'
import { settleAllDone, settleDone } from './settle.ts'
import type { Transaction, Transport } from './transport.ts'

/** Writes the receipts of handlers that had nothing to commit with them. Those that come while others are being written share a transaction. */
export interface Receipts {
  /** Throws `messenger.lease_lost`, and what the transport throws. */
  write(hold: Hold): Promise<void>
}

interface Waiting extends PromiseWithResolvers<void> {
  readonly hold: Hold
}

const batchSize = 256

export function createReceipts<Tx extends Transaction>(transport: Transport<Tx>): Receipts {
  const waiting: Waiting[] = []
  let isWriting = false

  const writeAll = async () => {
    isWriting = true
    while (waiting.length > 0) await writeBatch(transport, waiting.splice(0, batchSize))
    isWriting = false
  }

  return {
    write: (hold) => {
      const entry = { ...Promise.withResolvers<void>(), hold }
      waiting.push(entry)
      if (!isWriting) void writeAll()
      return entry.promise
    },
  }
}

/** All at once, or, where that fails, each for itself: one that was overtaken must not hold up the others. Never throws. */
async function writeBatch<Tx extends Transaction>(transport: Transport<Tx>, batch: readonly Waiting[]): Promise<void> {
  const holds = batch.map(({ hold }) => hold)
  const isWritten = batch.length > 1 && (await settleAllDone(transport, holds).catch(() => false))
  for (const { hold, resolve, reject } of batch) {
    if (isWritten) resolve()
    else transport.transaction((tx) => settleDone(transport, tx, hold)).then(resolve, reject)
  }
}
