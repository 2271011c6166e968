import { type Sql, UniqueViolation } from '@holdfast/database'
import { Failure } from '../kernel/failure.ts'
import type { Role } from '../kernel/principal.ts'
import { take } from '../kernel/take.ts'
import type { Tx } from '../kernel/tx.ts'
import { decodeRoles, emailKey } from './fields.ts'

/** What other rooms see of a user: never the password's hash. */
export interface User {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly createdAt: number
  readonly updatedAt: number
  readonly disabledAt: number | null
}

export interface UserRow {
  readonly id: string
  readonly tenant_id: string
  readonly email: string
  readonly name: string
  readonly roles: string
  readonly password_hash: string | null
  readonly version: number
  readonly created_at: number
  readonly updated_at: number
  readonly disabled_at: number | null
}

export const userColumns = 'id, tenant_id, email, name, roles, password_hash, version, created_at, updated_at, disabled_at'

export const toUser = (row: UserRow): User => ({
  id: row.id,
  email: row.email,
  name: row.name,
  roles: decodeRoles(row.roles),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  disabledAt: row.disabled_at,
})

/** Throws `user.unknown`, also for a user of another tenant. */
export async function findUser(sql: Sql, tenantId: string, userId: string): Promise<UserRow> {
  const row = await sql.get<UserRow>(`SELECT ${userColumns} FROM user WHERE id = ? AND tenant_id = ?`, [userId, tenantId])
  if (row === undefined) throw new Failure('not_found', 'user.unknown', 'there is no such user')
  return row
}

/** The same, and nobody else changes the user until the transaction ends: who comes at the same moment comes afterwards. */
export async function takeUser(tx: Tx, tenantId: string, userId: string): Promise<UserRow> {
  // First, so that nobody holds up the users of another tenant.
  await findUser(tx.sql, tenantId, userId)
  await take(tx, 'user', userId)
  return findUser(tx.sql, tenantId, userId)
}

/** Of whatever tenant; undefined where there is none, or a disabled one. */
export function findEnabledUser(sql: Sql, userId: string): Promise<UserRow | undefined> {
  return sql.get<UserRow>(`SELECT ${userColumns} FROM user WHERE id = ? AND disabled_at IS NULL`, [userId])
}

/** For what writes an address. Throws `user.email_taken`. */
export function refuseTakenEmail(error: unknown): never {
  if (!(error instanceof UniqueViolation)) throw error
  throw new Failure('conflict', 'user.email_taken', 'a user with this e-mail address exists already', { cause: error })
}

export function findUserByEmail(sql: Sql, email: string): Promise<UserRow | undefined> {
  return sql.get<UserRow>(`SELECT ${userColumns} FROM user WHERE email_key = ?`, [emailKey(email)])
}
