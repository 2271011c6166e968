import { fileURLToPath } from 'node:url'
import { type RenderedAnswer, replayedHeaders } from '../answer.ts'
import type { KeyRecord, KeyStore } from '../key-store.ts'
import { gather } from './gather.ts'
import type { Sql } from './sql.ts'

export type { Sql, SqlValue } from './sql.ts'

/** Holds `0001-idempotency.<dialect>.sql`, to be applied with the service's own migrations. */
export const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url))

/** Larger answers are kept beside the record, so that the table of records stays small. */
const maxInlineBytes = 256 * 1024

export interface SqlKeyStoreDeps<Tx> {
  /** Reads what is committed. */
  readonly read: Sql
  /** The statements of the transaction that effects are written in. */
  readonly sql: (tx: Tx) => Sql
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

    async complete(tx, { id, token }, { answer, bodyDigest, expiresAt }) {
      const isLarge = Buffer.byteLength(answer.body) > maxInlineBytes
      const completed = await changes(
        sql(tx),
        `UPDATE idempotency_record SET body_digest = ?, expires_at = ?, status = ?, headers = ?, body = ?
         WHERE id = ? AND claim_token = ? AND status IS NULL`,
        [bodyDigest, expiresAt, answer.status, JSON.stringify(replayedHeaders(answer.headers)), isLarge ? null : answer.body, id, token],
      )
      if (completed === 0) return false
      if (isLarge) await sql(tx).run('INSERT INTO idempotency_body (record_id, body) VALUES (?, ?)', [id, answer.body])
      return true
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
