import type { FailedStore } from '@holdfast/messenger'
import type { InTransaction, Sql } from '../kernel/tx.ts'
import { failedMessagesMail } from './messages.ts'
import { findNotice, recordNotice } from './notice.ts'

interface LaneCount {
  readonly lane: string
  readonly failed: number
}

export interface TellFailedDeps {
  readonly read: Sql
  readonly inTransaction: InTransaction
  readonly messages: { readonly stats: () => Promise<readonly LaneCount[]>; readonly failed: Pick<FailedStore, 'list'> }
}

export interface FailedNotice {
  readonly nowMs: number
  /** Operators are told no more often. */
  readonly everyMs: number
}

const notice = { kind: 'failed-messages', subjectId: 'house' } as const

/** Tells the operators when more messages stand failed than when it looked last. Answers whether it did. May be repeated. */
export async function tellFailed({ read, inTransaction, messages }: TellFailedDeps, { nowMs, everyMs }: FailedNotice): Promise<boolean> {
  const lanes = await countFailed(messages)
  const count = lanes.reduce((sum, { failed }) => sum + failed, 0)
  const before = await findNotice(read, notice)
  if (count === (before?.told ?? 0)) return false
  const isNews = count > (before?.told ?? 0)
  if (isNews && before !== undefined && before.at > nowMs - everyMs) return false
  return inTransaction(async (tx) => {
    // Fewer: somebody has looked. What fails from now on is news again.
    const at = isNews ? nowMs : (before?.at ?? 0)
    const isFirst = await recordNotice(tx, notice, before, { at, told: count })
    if (isFirst && isNews) await tx.outbox.dispatch(failedMessagesMail, { lanes })
    return isFirst && isNews
  })
}

/** But for the mails that tell of them: a mailbox that refuses these would be told of that for ever. */
async function countFailed({ stats, failed }: TellFailedDeps['messages']): Promise<LaneCount[]> {
  const { items } = await failed.list({ name: failedMessagesMail.name, limit: 1_000 })
  const lanes = (await stats()).map(({ lane, failed: all }) => ({ lane, failed: all - items.filter((each) => each.lane === lane).length }))
  return lanes.filter((each) => each.failed > 0)
}
