import { replayedHeaders } from '../answer.ts'
import { type Claim, type Completion, KeyTaken } from '../key-store.ts'
import type { Sql, SqlValue } from './sql.ts'

export interface Completed {
  readonly claim: Claim
  readonly completion: Completion
}

/** Larger answers are kept beside the record, so that the table of records stays small. */
const maxInlineBytes = 256 * 1024

/** Far below what a server takes in one statement by default: 16 MiB. */
const maxStatementBytes = 1024 * 1024

/** Finished records in as few statements as their size allows. Throws KeyTaken where one of the keys has a record. */
export async function insertCompleted(tx: Sql, items: readonly Completed[]): Promise<void> {
  for (const some of inStatements(items)) {
    const rows = some.map(() => '(?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ')
    await insertOrKeyTaken(
      tx,
      `INSERT INTO idempotency_record (id, claim_token, head_digest, body_digest, lease_until, expires_at, status, headers, body) VALUES ${rows}`,
      some.flatMap(rowOf),
    )
    for (const { claim, completion } of some) if (isLarge(completion)) await insertBody(tx, claim.id, completion)
  }
}

export const isLarge = ({ answer: { body } }: Completion): boolean =>
  body.length > maxInlineBytes || Buffer.byteLength(body) > maxInlineBytes

export const insertBody = (tx: Sql, id: string, { answer }: Completion) =>
  tx.run('INSERT INTO idempotency_body (record_id, body) VALUES (?, ?)', [id, answer.body])

function rowOf({ claim: { id, token, headDigest, leaseUntil }, completion }: Completed): SqlValue[] {
  const { answer, bodyDigest, expiresAt } = completion
  const headers = JSON.stringify(replayedHeaders(answer.headers))
  return [id, token, headDigest, bodyDigest, leaseUntil, expiresAt, answer.status, headers, isLarge(completion) ? null : answer.body]
}

async function insertOrKeyTaken(tx: Sql, text: string, values: readonly SqlValue[]): Promise<void> {
  try {
    await tx.run(text, values)
  } catch (error) {
    throw error instanceof Error && error.name === 'UniqueViolation' ? new KeyTaken('the key has a record', { cause: error }) : error
  }
}

function* inStatements(items: readonly Completed[]): Generator<Completed[]> {
  let some: Completed[] = []
  let bytes = 0
  for (const item of items) {
    const size = isLarge(item.completion) ? 0 : Buffer.byteLength(item.completion.answer.body)
    if (some.length > 0 && bytes + size > maxStatementBytes) {
      yield some
      some = []
      bytes = 0
    }
    some.push(item)
    bytes += size
  }
  yield some
}
