import type { Sql } from '@holdfast/database'
import { type CreateTenantDeps, claimInstallation, insertTenant, newPassword, type TenantCredentials } from './create-tenant.ts'

export interface FirstRunDeps extends CreateTenantDeps {
  readonly read: Sql
}

/** `.example` is reserved (RFC 2606): no mail to it ever leaves. */
const firstEmail = 'admin@holdfast.example'

/**
 * In an empty database, makes the first tenant with an administrator and a key, both with the roles admin and ops; undefined in any
 * other. Of two processes that start at once one gets the credentials. Opens its own transaction; may be repeated.
 */
export async function firstRun(deps: FirstRunDeps): Promise<TenantCredentials | undefined> {
  if ((await deps.read.get('SELECT 1 FROM installation')) !== undefined) return undefined
  const { password, passwordHash } = await newPassword(deps.passwords)
  const made = await deps.inTransaction(async (tx) => {
    if (!(await claimInstallation(tx))) return undefined
    return insertTenant(tx, { name: 'Holdfast', email: firstEmail, passwordHash, roles: ['admin', 'ops'] })
  })
  return made && { ...made, password }
}
