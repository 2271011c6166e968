import type { Sql } from '@holdfast/database'
import { may, type Right } from '../kernel/principal.ts'
import { type Authenticated, withinScopes } from './authenticate.ts'
import { decodeRoles } from './fields.ts'

export interface CredentialStandsDeps {
  readonly read: Sql
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

interface CredentialRow {
  readonly tenant_id: string
  readonly roles: string
  readonly scopes: string
}

/** Whether somebody who was let in by this session or API key would still be, and may still do this. For what outlives its request. */
export async function credentialStands(
  { read, clock }: CredentialStandsDeps,
  { userId, via, credentialId }: Pick<Authenticated, 'userId' | 'via' | 'credentialId'>,
  right: Right,
): Promise<boolean> {
  const row = await (via === 'token' ? findSession(read, credentialId) : findApiKey(read, credentialId, clock()))
  if (row === undefined) return false
  return may({ tenantId: row.tenant_id, userId, roles: withinScopes(decodeRoles(row.roles), decodeRoles(row.scopes)) }, right)
}

const findSession = (read: Sql, sessionId: string) =>
  read.get<CredentialRow>(
    `SELECT u.tenant_id, u.roles, u.roles AS scopes FROM session s JOIN user u ON u.id = s.user_id
     WHERE s.id = ? AND s.revoked_at IS NULL AND u.disabled_at IS NULL`,
    [sessionId],
  )

const findApiKey = (read: Sql, keyId: string, now: number) =>
  read.get<CredentialRow>(
    `SELECT u.tenant_id, u.roles, k.scopes FROM api_key k JOIN user u ON u.id = k.user_id
     WHERE k.id = ? AND k.revoked_at IS NULL AND u.disabled_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?)`,
    [keyId, now],
  )
