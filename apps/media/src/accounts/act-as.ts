import type { Sql } from '@holdfast/database'
import { Failure } from '../kernel/failure.ts'
import type { Authenticated } from './authenticate.ts'
import { decodeRoles } from './fields.ts'
import { findUserByEmail } from './user.ts'

/**
 * The principal for a command line: whoever can open the database may act as any user of it, and the audit names that user.
 * Throws `user.unknown`, also for a disabled user.
 */
export async function actAs(sql: Sql, email: string): Promise<Authenticated> {
  const user = await findUserByEmail(sql, email)
  if (user?.disabled_at !== null) throw new Failure('not_found', 'user.unknown', 'there is no enabled user with this e-mail address')
  const { tenant_id: tenantId, id: userId } = user
  return { tenantId, userId, roles: decodeRoles(user.roles), via: 'command-line', credentialId: 'command-line' }
}
