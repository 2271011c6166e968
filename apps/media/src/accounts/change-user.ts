import { Failure } from '../kernel/failure.ts'
import type { Principal, Role } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { decodeRoles, emailKey, encodeRoles } from './fields.ts'
import { withdrawPasswordResets } from './password-reset.ts'
import { refuseTakenEmail, toUser, type User, type UserRow } from './user.ts'

export interface UserChange {
  readonly email?: string | undefined
  readonly name?: string | undefined
  readonly roles?: readonly Role[]
  readonly disabledAt?: number | null
  readonly passwordHash?: string
}

/**
 * An administrator gives and takes viewer, editor and admin. What concerns a holder of ops, or makes one, only a holder of ops may do:
 * an administrator of a tenant does not become an operator of the installation by way of somebody else's password.
 * Throws `user.ops_only`.
 */
export function demandAuthorityOver(principal: Principal, ...concerned: readonly (readonly Role[])[]): void {
  if (principal.roles.includes('ops') || !concerned.some((roles) => roles.includes('ops'))) return
  throw new Failure('forbidden', 'user.ops_only', 'only a holder of the role ops may give it, take it, or change a user who has it')
}

/** Writes over the row as it was read. Throws `user.changed`, `user.email_taken`, `user.last_administrator`. */
export async function changeUser(tx: Tx, row: UserRow, change: UserChange): Promise<User> {
  const next: UserRow = {
    ...row,
    email: change.email ?? row.email,
    name: change.name ?? row.name,
    roles: change.roles === undefined ? row.roles : encodeRoles(change.roles),
    disabled_at: change.disabledAt === undefined ? row.disabled_at : change.disabledAt,
    password_hash: change.passwordHash ?? row.password_hash,
    updated_at: tx.now,
  }
  await overwrite(tx, row, next)
  await countAdministrator(tx, row.tenant_id, administers(row), administers(next))
  // The mail went to another address, or the user has another password already, or is out.
  const isOther = next.email !== row.email || next.password_hash !== row.password_hash || next.disabled_at !== row.disabled_at
  if (isOther) await withdrawPasswordResets(tx, row.id)
  return toUser(next)
}

async function overwrite({ sql }: Tx, { id, version }: UserRow, next: UserRow): Promise<void> {
  const { email, name, roles, disabled_at, password_hash, updated_at } = next
  const { changes } = await sql
    .run(
      `UPDATE user SET email = ?, email_key = ?, name = ?, roles = ?, disabled_at = ?, password_hash = ?, updated_at = ?,
                       version = version + 1
        WHERE id = ? AND version = ?`,
      [email, emailKey(email), name, roles, disabled_at, password_hash, updated_at, id, version],
    )
    .catch(refuseTakenEmail)
  if (changes === 0) throw changedUser()
}

export const changedUser = () => new Failure('conflict', 'user.changed', 'the user was changed by somebody else meanwhile')

/**
 * Keeps the tenant's count, and with it the rule that somebody is left to administer it. Counting rows could not: of two
 * administrators who disable each other at once, each would still see the other.
 */
export async function countAdministrator(tx: Tx, tenantId: string, was: boolean, is: boolean): Promise<void> {
  if (was === is) return
  if (is) {
    await tx.sql.run('UPDATE tenant SET administrators = administrators + 1 WHERE id = ?', [tenantId])
    return
  }
  const { changes } = await tx.sql.run('UPDATE tenant SET administrators = administrators - 1 WHERE id = ? AND administrators > 1', [
    tenantId,
  ])
  if (changes === 0) throw new Failure('conflict', 'user.last_administrator', 'this is the last user who can administer the tenant')
}

export const administers = (row: UserRow): boolean => row.disabled_at === null && decodeRoles(row.roles).includes('admin')
