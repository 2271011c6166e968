import type { Database } from '@holdfast/database'

const [hourMs, perTransaction] = [3_600_000, 10_000]

/** Rows as the outbox writes them, due from in an hour to in a month. */
export async function fillSchedule(database: Database, name: string, count: number): Promise<void> {
  const now = Date.now()
  for (let from = 0; from < count; from += perTransaction) {
    const rows = Array.from({ length: Math.min(perTransaction, count - from) }, (_, index) => valuesOf(from + index, now))
    await database.transaction(async (tx) => {
      for (let at = 0; at < rows.length; at += 1_000) {
        await tx.run(`${insertion} ${rows.slice(at, at + 1_000).join(', ')}`, [])
      }
    })
  }

  function valuesOf(number: number, createdAt: number): string {
    const dueAt = createdAt + hourMs + ((number * 7_919) % 2_592_000_000)
    const lane = number % 2 === 0 ? 'high' : 'low'
    return `('${idOf(number)}', '${name}', '${lane}', '{"number":0}', '${number}', ${createdAt}, ${dueAt}, 'pending', 0)`
  }
}

const insertion = 'INSERT INTO message (id, name, lane, payload, correlation_id, created_at, due_at, state, attempt) VALUES'

export function idOf(number: number): string {
  return `${number.toString(16).padStart(8, '0')}-0000-7000-8000-000000000000`
}
