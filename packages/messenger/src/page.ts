import { MessengerError } from './messenger-error.ts'
import type { MessageState, StoredMessage, Transport } from './transport.ts'

export interface ListQuery {
  readonly name?: string | undefined
  readonly lane?: string | undefined
  readonly tenant?: string | undefined
  /** 1 to 1,000; 100 by default. */
  readonly limit?: number | undefined
  /** The `next` of the page before. */
  readonly cursor?: string | undefined
}

export interface Page {
  readonly items: readonly StoredMessage[]
  /** Null on the last page. */
  readonly next: string | null
}

/** Those of one state in the order they are or were due. Throws `messenger.bad_cursor`. */
export async function listMessages(
  reads: Transport<never>['reads'],
  lanes: readonly string[],
  state: MessageState,
  { name, lane, tenant, limit = 100, cursor }: ListQuery,
): Promise<Page> {
  const size = Math.min(Math.max(1, Math.trunc(limit) || 1), 1_000)
  const query = { state, name: name ?? null, tenant: tenant ?? null, after: parseCursor(cursor), limit: size + 1 }
  const pages = await Promise.all((lane === undefined ? lanes : [lane]).map((each) => reads.page({ ...query, lane: each })))
  const found = pages.flat().toSorted((a, b) => a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1))
  const items = found.slice(0, size)
  const last = items.at(-1)
  return { items, next: found.length > size && last !== undefined ? `${last.dueAt}_${last.id}` : null }
}

function parseCursor(cursor: string | undefined): { dueAt: number; id: string } {
  if (cursor === undefined) return { dueAt: Number.MIN_SAFE_INTEGER, id: '' }
  const [, dueAt, id] = /^(-?\d{1,15})_([0-9a-f-]{36})$/.exec(cursor) ?? []
  if (dueAt === undefined || id === undefined) throw new MessengerError('messenger.bad_cursor', 'the cursor is not one of a page before')
  return { dueAt: Number(dueAt), id }
}
