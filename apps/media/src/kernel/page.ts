import { Failure } from './failure.ts'

export interface PageRequest {
  /** 1 to 1,000; 100 where the caller names none. */
  readonly limit: number
  /** The `next` of the page before. */
  readonly cursor?: string | undefined
}

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

/** A cursor is the sort values of the last row of a page: opaque to callers, and stable while rows come and go. */
export const encodeCursor = (position: readonly (string | number)[]): string => Buffer.from(JSON.stringify(position)).toString('base64url')

/** Throws `request.cursor_invalid` unless the text is a cursor of `length` values. */
export function decodeCursor(cursor: string, length: number): (string | number)[] {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (Array.isArray(position) && position.length === length && position.every(isSortValue)) return position
  } catch {
    // Falls through: whatever it was, it is no cursor of ours.
  }
  throw invalidCursor()
}

export const invalidCursor = () => new Failure('invalid', 'request.cursor_invalid', 'the cursor is not one that this list has given')

const isSortValue = (value: unknown): value is string | number =>
  typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))

/** Cuts the page out of `limit + 1` rows: the extra one only tells that there are more. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  position: (row: Row) => readonly (string | number)[],
  view: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const next = rows.length > limit && last !== undefined ? encodeCursor(position(last)) : null
  return { items: shown.map(view), next }
}
