import type { Sql } from '@holdfast/database'
import { inList } from '../kernel/in-list.ts'
import { may, type Right } from '../kernel/principal.ts'
import { type Authenticated, withinScopes } from './authenticate.ts'
import { decodeRoles } from './fields.ts'

export interface CredentialStandsDeps {
  readonly read: Sql
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** What somebody was let in by. */
export type Credential = Pick<Authenticated, 'userId' | 'via' | 'credentialId'>

interface CredentialRow {
  readonly id: string
  readonly tenant_id: string
  readonly user_id: string
  readonly roles: string
  readonly scopes: string
}

/** Whether somebody who was let in by this session or API key would still be, and may still do this. For what outlives its request. */
export async function credentialStands(deps: CredentialStandsDeps, credential: Credential, right: Right): Promise<boolean> {
  return (await standingCredentials(deps, [credential], right)).has(credential.credentialId)
}

/** The ids of those of a few hundred credentials that stand, as `credentialStands` says of one: by one statement for the sessions and one for the API keys. */
export async function standingCredentials(
  { read, clock }: CredentialStandsDeps,
  credentials: readonly Credential[],
  right: Right,
): Promise<ReadonlySet<string>> {
  const { sessions = [], keys = [] } = Object.groupBy(credentials, ({ via }) => (via === 'token' ? 'sessions' : 'keys'))
  const rows = [...(await findSessions(read, idsOf(sessions))), ...(await findApiKeys(read, idsOf(keys), clock()))]
  return new Set(rows.filter((row) => may(principalOf(row), right)).map(({ id }) => id))
}

const idsOf = (credentials: readonly Credential[]): string[] => [...new Set(credentials.map(({ credentialId }) => credentialId))]

const principalOf = ({ tenant_id, user_id, roles, scopes }: CredentialRow) => ({
  tenantId: tenant_id,
  userId: user_id,
  roles: withinScopes(decodeRoles(roles), decodeRoles(scopes)),
})

async function findSessions(read: Sql, ids: readonly string[]): Promise<readonly CredentialRow[]> {
  if (ids.length === 0) return []
  const { marks, values } = inList(ids)
  return read.all<CredentialRow>(
    `SELECT s.id, u.tenant_id, s.user_id, u.roles, u.roles AS scopes FROM session s JOIN user u ON u.id = s.user_id
     WHERE s.id IN (${marks}) AND s.revoked_at IS NULL AND u.disabled_at IS NULL`,
    values,
  )
}

async function findApiKeys(read: Sql, ids: readonly string[], now: number): Promise<readonly CredentialRow[]> {
  if (ids.length === 0) return []
  const { marks, values } = inList(ids)
  return read.all<CredentialRow>(
    `SELECT k.id, u.tenant_id, k.user_id, u.roles, k.scopes FROM api_key k JOIN user u ON u.id = k.user_id
     WHERE k.id IN (${marks}) AND k.revoked_at IS NULL AND u.disabled_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?)`,
    [...values, now],
  )
}
