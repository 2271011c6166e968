import type { Sql } from '@holdfast/database'
import type { Principal, Role } from '../kernel/principal.ts'
import type { AccessTokens } from './access-tokens.ts'
import { credentialsExpired, credentialsInvalid, credentialsMissing } from './auth-failures.ts'
import { decodeRoles } from './fields.ts'
import { hashSecretToken, isSecretToken } from './secret-token.ts'

export interface Authenticated extends Principal {
  readonly via: 'token' | 'api-key' | 'command-line'
  /** The session of a token, the id of an API key. Not secret. */
  readonly credentialId: string
}

export interface AuthenticateDeps {
  readonly read: Sql
  readonly accessTokens: Pick<AccessTokens, 'verify'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

const maxTokenLength = 4_096

/**
 * Who stands behind what came after `Bearer `. Sessions, keys, roles and users are looked up each time, by primary key or hash,
 * so a revocation counts from the next request on, in every process: of a token only its signature is remembered.
 * Throws `auth.credentials_missing`, `auth.credentials_invalid`, `auth.credentials_expired`.
 */
export async function authenticate(deps: AuthenticateDeps, credential: string | undefined): Promise<Authenticated> {
  if (credential === undefined || credential === '') throw credentialsMissing()
  if (credential.length > maxTokenLength) throw credentialsInvalid()
  return credential.startsWith('hf_') ? byApiKey(deps, credential) : byAccessToken(deps, credential)
}

async function byAccessToken({ read, accessTokens }: AuthenticateDeps, token: string): Promise<Authenticated> {
  const { userId, sessionId } = await accessTokens.verify(token)
  const row = await read.get<{ tenant_id: string; roles: string }>(
    `SELECT u.tenant_id, u.roles FROM session s JOIN user u ON u.id = s.user_id
     WHERE s.id = ? AND s.revoked_at IS NULL AND u.id = ? AND u.disabled_at IS NULL`,
    [sessionId, userId],
  )
  if (row === undefined) throw credentialsInvalid()
  return { tenantId: row.tenant_id, userId, roles: decodeRoles(row.roles), via: 'token', credentialId: sessionId }
}

interface ApiKeyRow {
  readonly id: string
  readonly tenant_id: string
  readonly user_id: string
  readonly scopes: string
  readonly expires_at: number | null
  readonly roles: string
}

async function byApiKey({ read, clock }: AuthenticateDeps, key: string): Promise<Authenticated> {
  if (!isSecretToken(key, 'hf_')) throw credentialsInvalid()
  const row = await read.get<ApiKeyRow>(
    `SELECT k.id, k.tenant_id, k.user_id, k.scopes, k.expires_at, u.roles FROM api_key k JOIN user u ON u.id = k.user_id
     WHERE k.hash = ? AND k.revoked_at IS NULL AND u.disabled_at IS NULL`,
    [hashSecretToken(key)],
  )
  if (row === undefined) throw credentialsInvalid()
  if (row.expires_at !== null && row.expires_at <= clock()) throw credentialsExpired()
  const roles = withinScopes(decodeRoles(row.roles), decodeRoles(row.scopes))
  return { tenantId: row.tenant_id, userId: row.user_id, roles, via: 'api-key', credentialId: row.id }
}

const rank: readonly Role[] = ['viewer', 'editor', 'admin']

/** A scope counts while its user has that role or a greater one: a key scoped to viewer goes on when an editor becomes a viewer. */
export function withinScopes(roles: readonly Role[], scopes: readonly Role[]): Role[] {
  return scopes.filter((scope) => covers(roles, scope))
}

/** Whether holding `roles` includes `role`: viewer < editor < admin, and ops stands beside them. */
export function covers(roles: readonly Role[], role: Role): boolean {
  return roles.some((held) => held === role || (rank.includes(role) && rank.indexOf(held) >= rank.indexOf(role)))
}
