import type { Sql } from '@holdfast/database'
import { type Kind, kindOf, maxAttempts } from './work.ts'

/** What must never happen; each with the numbers of the messages it happened to. */
export interface BusFindings {
  /** Said, and neither in effect nor in the failed store. */
  readonly lost: readonly number[]
  /** In effect twice, or kept as two messages. */
  readonly doubled: readonly number[]
  /** In the failed store and no poison, or the other way round. */
  readonly misjudged: readonly number[]
  /** Failed after more or fewer attempts than allowed. */
  readonly miscounted: readonly number[]
  /** In effect, and nobody said it. */
  readonly unsaid: readonly number[]
}

interface Kept {
  readonly n: number
  readonly kind: Kind
  readonly state: string
  readonly attempt: number
  readonly effects: number
}

interface Row {
  readonly id: string
  readonly dedupe_key: string
  readonly state: string
  readonly attempt: number
}

export async function auditBus(sql: Sql, said: ReadonlySet<number>): Promise<BusFindings> {
  const effects = Map.groupBy(await sql.all<{ n: number }>('SELECT n FROM effect'), ({ n }) => Number(n))
  const rows = Map.groupBy(await sql.all<Row>('SELECT id, dedupe_key, state, attempt FROM message'), (row) => Number(row.dedupe_key))
  const kept = [...rows].map(([n, [row]]): Kept => {
    const { state = 'gone', attempt = 0 } = row ?? {}
    return { n, kind: kindOf(n), state, attempt, effects: effects.get(n)?.length ?? 0 }
  })
  const numbers = (wrong: (message: Kept) => boolean) => kept.filter(wrong).map(({ n }) => n)
  return {
    lost: [
      ...[...said].filter((n) => !rows.has(n)),
      ...numbers(({ kind, state, effects: times }) => kind !== 'poison' && (state !== 'done' || times === 0)),
    ],
    doubled: [...numbers(({ effects: times }) => times > 1), ...[...rows].filter(([, of]) => of.length > 1).map(([n]) => n)],
    misjudged: numbers(({ kind, state }) => (kind === 'poison') !== (state === 'failed')),
    miscounted: numbers(({ kind, attempt }) => kind === 'poison' && Number(attempt) !== maxAttempts),
    unsaid: [...effects.keys()].filter((n) => !rows.has(n)),
  }
}
