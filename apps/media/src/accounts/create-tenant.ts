import { randomBytes } from 'node:crypto'
import { UniqueViolation } from '@holdfast/database'
import { z } from 'zod'
import { newId } from '../kernel/ids.ts'
import type { Role } from '../kernel/principal.ts'
import type { InTransaction, Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { insertApiKey } from './api-key.ts'
import { insertUser } from './create-user.ts'
import { emailField, nameField } from './fields.ts'
import type { PasswordHashing } from './password-hashing.ts'
import { newSecretToken } from './secret-token.ts'

export const createTenantInput = z.strictObject({ name: nameField, email: emailField })
export type CreateTenantInput = z.infer<typeof createTenantInput>

/** The only time that the password and the key are seen. */
export interface TenantCredentials {
  readonly tenantId: string
  readonly userId: string
  readonly email: string
  readonly password: string
  readonly apiKey: string
}

export interface CreateTenantDeps {
  readonly inTransaction: InTransaction
  readonly passwords: PasswordHashing
}

/**
 * A tenant with an administrator and a key of theirs, for the command line: over HTTP nobody makes tenants. Only the first
 * tenant's administrator has the role ops: it reaches into the work of the whole installation.
 * Opens its own transaction. Throws `user.email_taken`.
 */
export async function createTenant(deps: CreateTenantDeps, input: CreateTenantInput): Promise<TenantCredentials> {
  const { password, passwordHash, apiKey } = await newTenantSecrets(deps.passwords)
  const made = await deps.inTransaction(async (tx) => {
    const roles: Role[] = (await claimInstallation(tx)) ? ['admin', 'ops'] : ['admin']
    return insertTenant(tx, { ...input, passwordHash, apiKey, roles })
  })
  return { ...made, email: input.email, password, apiKey }
}

/**
 * True for the first tenant of all. A look for tenants would not do: on MySQL two transactions can both see none. The primary key
 * lets one through.
 */
export async function claimInstallation(tx: Tx): Promise<boolean> {
  try {
    await tx.sql.run('INSERT INTO installation (id, created_at) VALUES (1, ?)', [tx.now])
    return true
  } catch (error) {
    if (error instanceof UniqueViolation) return false
    throw error
  }
}

export interface NewTenant extends CreateTenantInput {
  readonly passwordHash: string
  readonly apiKey: string
  readonly roles: readonly Role[]
}

export async function insertTenant(
  tx: Tx,
  { name, email, passwordHash, apiKey, roles }: NewTenant,
): Promise<Pick<TenantCredentials, 'tenantId' | 'userId'>> {
  const tenantId = newId(tx.now)
  await tx.sql.run('INSERT INTO tenant (id, name, administrators, created_at) VALUES (?, ?, 0, ?)', [tenantId, name, tx.now])
  await recordAudit(tx, { tenantId, actor: 'system', action: 'tenant.created', subjectKind: 'tenant', subjectId: tenantId })
  const user = await insertUser(tx, tenantId, 'system', { email, name: 'Administrator', roles, passwordHash })
  await insertApiKey(tx, {
    tenantId,
    userId: user.id,
    actor: 'system',
    name: 'First key',
    scopes: roles,
    expiresAt: null,
    key: apiKey,
  })
  return { tenantId, userId: user.id }
}

/** Made before the transaction opens: hashing is slow, and who keeps them does so before they count. */
export async function newTenantSecrets(passwords: PasswordHashing): Promise<{ password: string; passwordHash: string; apiKey: string }> {
  return { ...(await newPassword(passwords)), apiKey: newSecretToken('hf_') }
}

export async function newPassword(passwords: PasswordHashing): Promise<{ password: string; passwordHash: string }> {
  const password = randomBytes(18).toString('base64url')
  return { password, passwordHash: await passwords.hash(password) }
}
