import { GiveUp, type Handler, handle, PutBack } from '@holdfast/messenger'
import type { Sql } from '../kernel/tx.ts'
import { composeFileUpdate, fileUpdate } from '../live/compose-file-update.ts'
import { NotPublished, type Publisher } from '../live/publisher.ts'
import { type BindTx, committing } from './committing.ts'

export interface LiveHandlerDeps {
  readonly bindTx: BindTx
  readonly read: Sql
  readonly publisher: Publisher
  /** An update that could not be published for this long is worth nothing. */
  readonly maxAgeMs: number
  readonly now: () => number
}

/** message -> one update for whoever listens. */
export const liveHandler = ({ bindTx, read, publisher, maxAgeMs, now }: LiveHandlerDeps): Handler =>
  handle(fileUpdate, async ({ payload, envelope, commit, signal }) => {
    const update = await composeFileUpdate(read, envelope, payload)
    if (update === undefined) return
    try {
      await publisher.publish(update, { signal, inTransaction: committing(bindTx, commit) })
    } catch (error) {
      if (!(error instanceof NotPublished)) throw error
      const ageMs = now() - envelope.createdAt
      if (error.fault === 'refused' || ageMs >= maxAgeMs) throw new GiveUp(error.message, { cause: error })
      throw new PutBack(now() + pauseAfter(ageMs), error.message, { cause: error })
    }
  })

/** As long as it has waited already, so ever less often; but what is told live is not told minutes late where it need not be. */
const pauseAfter = (ageMs: number): number => Math.min(30_000, Math.max(1_000, ageMs))
