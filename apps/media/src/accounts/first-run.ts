import type { Sql } from '@holdfast/database'
import { type CreateTenantDeps, claimInstallation, insertTenant, newTenantSecrets, type TenantCredentials } from './create-tenant.ts'
import { hashSecretToken } from './secret-token.ts'

export type FirstCredentials = Pick<TenantCredentials, 'email' | 'password' | 'apiKey'>

export interface FirstRunDeps extends CreateTenantDeps {
  readonly read: Sql
  /** Keeps them before the commit that makes them count; they never will where another process commits first. */
  readonly keep?: (credentials: FirstCredentials) => Promise<void>
}

/** `.example` is reserved (RFC 2606): no mail to it ever leaves. */
export const firstEmail = 'admin@holdfast.example'

/**
 * In an empty database, makes the first tenant with an administrator and a key, both with the roles admin and ops; undefined in any
 * other. Of two processes that start at once one gets the credentials. Opens its own transaction; may be repeated.
 */
export async function firstRun(deps: FirstRunDeps): Promise<TenantCredentials | undefined> {
  if ((await deps.read.get('SELECT 1 FROM installation')) !== undefined) return undefined
  const { passwordHash, ...secrets } = await newTenantSecrets(deps.passwords)
  const credentials = { email: firstEmail, ...secrets }
  await deps.keep?.(credentials)
  const made = await deps.inTransaction(async (tx) => {
    if (!(await claimInstallation(tx))) return undefined
    const { email, apiKey } = credentials
    return insertTenant(tx, { name: 'Holdfast', email, passwordHash, apiKey, roles: ['admin', 'ops'] })
  })
  return made && { ...made, ...credentials }
}

/** Whether credentials that were kept before the commit came to count. To be asked after it, or after somebody else's. */
export async function wereMade(read: Sql, { apiKey }: Pick<FirstCredentials, 'apiKey'>): Promise<boolean> {
  return (await read.get('SELECT 1 FROM api_key WHERE hash = ?', [hashSecretToken(apiKey)])) !== undefined
}
