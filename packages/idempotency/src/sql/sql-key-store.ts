import { fileURLToPath } from 'node:url'
import { type RenderedAnswer, replayedHeaders } from '../answer.ts'
import type { Completion, HeldClaim, KeyRecord, KeyStore } from '../key-store.ts'
import { gather } from './gather.ts'
import { insertBody, insertCompleted, isLarge } from './insert-completed.ts'
import type { Sql, SqlTransaction } from './sql.ts'

export type { Sql, SqlTransaction, SqlValue } from './sql.ts'

/** Holds `0001-idempotency.<dialect>.sql`, to be applied with the service's own migrations. */
export const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url))

export interface SqlKeyStoreDeps<Tx> {
  /** Reads what is committed. */
  readonly read: Sql
  /** The statements of the transaction that effects are written in. */
  readonly sql: (tx: Tx) => SqlTransaction
}

interface Row {
  readonly id: string
  readonly claim_token: string
  readonly head_digest: string
  readonly body_digest: string | null
  readonly lease_until: number
  readonly expires_at: number
  readonly status: number | null
  readonly headers: string | null
  /** Text comes back as it was written, or as its bytes, as the engine likes. */
  readonly body: string | Uint8Array | null
}

/** Keeps the records in the service's own database, so that they commit with what the request changed. */
export function createSqlKeyStore<Tx>({ read, sql }: SqlKeyStoreDeps<Tx>): KeyStore<Tx> {
  const findRow = gather((ids) =>
    read.all<Row>(
      `SELECT id, claim_token, head_digest, body_digest, lease_until, expires_at, status, headers, body
       FROM idempotency_record WHERE id IN (${ids.map(() => '?').join(', ')})`,
      ids,
    ),
  )
  return {
    async find(id) {
      const row = await findRow(id)
      if (row === undefined) return undefined
      if (row.status === null) return toRecord(row, undefined)
      const body = row.body ?? (await findBody(read, id))
      // Without its body the record was pruned between the two statements.
      return body === undefined ? undefined : toRecord(row, { status: row.status, headers: readHeaders(row.headers ?? '{}'), body })
    },

    async insert(tx, { id, token, headDigest, bodyDigest = null, leaseUntil, expiresAt }) {
      try {
        await sql(tx).run(
          'INSERT INTO idempotency_record (id, claim_token, head_digest, body_digest, lease_until, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
          [id, token, headDigest, bodyDigest, leaseUntil, expiresAt],
        )
        return true
      } catch (error) {
        if (error instanceof Error && error.name === 'UniqueViolation') return false
        throw error
      }
    },

    takeOver: async (tx, { id, token, headDigest, bodyDigest = null, leaseUntil, expiresAt }, seenToken, now) =>
      (await changes(
        sql(tx),
        `UPDATE idempotency_record SET claim_token = ?, head_digest = ?, body_digest = ?, lease_until = ?, expires_at = ?
         WHERE id = ? AND claim_token = ? AND status IS NULL AND lease_until <= ?`,
        [token, headDigest, bodyDigest, leaseUntil, expiresAt, id, seenToken, now],
      )) === 1,

    release: async (tx, { id, token }) =>
      (await changes(sql(tx), 'DELETE FROM idempotency_record WHERE id = ? AND claim_token = ? AND status IS NULL', [id, token])) === 1,

    removeExpired: async (tx, { id, token }, now) =>
      (await changes(sql(tx), 'DELETE FROM idempotency_record WHERE id = ? AND claim_token = ? AND expires_at <= ?', [id, token, now])) ===
      1,

    renew: async (tx, { id, token }, leaseUntil) =>
      (await changes(sql(tx), 'UPDATE idempotency_record SET lease_until = ? WHERE id = ? AND claim_token = ? AND status IS NULL', [
        leaseUntil,
        id,
        token,
      ])) === 1,

    complete: (tx, claim, completion) => complete(sql(tx), claim, completion),

    // Nobody reads a finished record before it is committed: those of all requests that commit together are written in one statement.
    async insertCompleted(tx, claim, completion) {
      sql(tx).beforeCommit(insertCompleted, { claim, completion })
    },

    async prune(tx, now, limit) {
      const expired = await sql(tx).all<{ id: string }>(
        'SELECT id FROM idempotency_record WHERE expires_at <= ? ORDER BY expires_at LIMIT ?',
        [now, limit],
      )
      let pruned = 0
      for (const { id } of expired) {
        pruned += await changes(sql(tx), 'DELETE FROM idempotency_record WHERE id = ? AND expires_at <= ?', [id, now])
      }
      return pruned
    },
  }
}

async function complete(sql: Sql, { id, token }: HeldClaim, completion: Completion): Promise<boolean> {
  const { answer, bodyDigest, expiresAt } = completion
  const body = isLarge(completion) ? null : answer.body
  const completed = await changes(
    sql,
    `UPDATE idempotency_record SET body_digest = ?, expires_at = ?, status = ?, headers = ?, body = ?
     WHERE id = ? AND claim_token = ? AND status IS NULL`,
    [bodyDigest, expiresAt, answer.status, JSON.stringify(replayedHeaders(answer.headers)), body, id, token],
  )
  if (completed === 0) return false
  if (isLarge(completion)) await insertBody(sql, id, completion)
  return true
}

async function changes(sql: Sql, ...statement: Parameters<Sql['run']>): Promise<number> {
  return (await sql.run(...statement)).changes
}

async function findBody(read: Sql, id: string): Promise<string | Uint8Array | undefined> {
  return (await read.get<{ body: string | Uint8Array }>('SELECT body FROM idempotency_body WHERE record_id = ?', [id]))?.body
}

const readHeaders = (written: string): RenderedAnswer['headers'] => JSON.parse(written) as RenderedAnswer['headers']

function toRecord(row: Row, answer: RenderedAnswer | undefined): KeyRecord {
  return {
    token: row.claim_token,
    headDigest: row.head_digest,
    bodyDigest: row.body_digest ?? undefined,
    leaseUntil: row.lease_until,
    expiresAt: row.expires_at,
    answer,
  }
}
