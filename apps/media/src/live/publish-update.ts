import { Failure } from '../kernel/failure.ts'
import type { Tx } from '../kernel/tx.ts'
import type { Update } from './update.ts'
import { appendUpdate, findUpdate } from './update-log.ts'

/** Publishes what another system sent: once for each id, so that it may be sent again. Throws `live.id_taken`. */
export async function publishUpdate(tx: Tx, update: Update): Promise<void> {
  if (await appendUpdate(tx, update)) return
  const { position: _, ...known } = (await findUpdate(tx.sql, update.id)) ?? { position: 0 }
  if (!isSame(known, update)) throw new Failure('conflict', 'live.id_taken', 'another update was published under this id')
}

const isSame = (known: Partial<Update>, update: Update): boolean => canonical(known) === canonical(update)
const canonical = ({ id, topics, isPrivate, data, type, retryMs }: Partial<Update>) =>
  JSON.stringify([id, topics, isPrivate, data, type, retryMs])
