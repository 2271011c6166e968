import { newId } from '../kernel/ids.ts'
import type { Role } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { decodeRoles, encodeRoles } from './fields.ts'
import { hashSecretToken } from './secret-token.ts'

/** What is shown of a key after it was made: never the key. */
export interface ApiKey {
  readonly id: string
  readonly userId: string
  readonly name: string
  /** The first characters, to recognise it by. */
  readonly prefix: string
  readonly scopes: readonly Role[]
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly revokedAt: number | null
}

export interface ApiKeyRow {
  readonly id: string
  readonly user_id: string
  readonly name: string
  readonly prefix: string
  readonly scopes: string
  readonly created_at: number
  readonly expires_at: number | null
  readonly revoked_at: number | null
}

export const apiKeyColumns = 'id, user_id, name, prefix, scopes, created_at, expires_at, revoked_at'

export const toApiKey = (row: ApiKeyRow): ApiKey => ({
  id: row.id,
  userId: row.user_id,
  name: row.name,
  prefix: row.prefix,
  scopes: decodeRoles(row.scopes),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
})

export interface NewApiKey {
  readonly tenantId: string
  readonly userId: string
  /** A user's id or `system`. */
  readonly actor: string
  readonly name: string
  readonly scopes: readonly Role[]
  readonly expiresAt: number | null
  /** In nobody's hands but the caller's: only its hash is kept. */
  readonly key: string
}

const shownPrefixLength = 11

/** Without a look at who asks: the caller has decided that. */
export async function insertApiKey(tx: Tx, { tenantId, userId, actor, name, scopes, expiresAt, key }: NewApiKey): Promise<ApiKey> {
  const row: ApiKeyRow = {
    id: newId(tx.now),
    user_id: userId,
    name,
    prefix: key.slice(0, shownPrefixLength),
    scopes: encodeRoles(scopes),
    created_at: tx.now,
    expires_at: expiresAt,
    revoked_at: null,
  }
  await tx.sql.run(
    `INSERT INTO api_key (id, tenant_id, user_id, name, prefix, hash, scopes, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [row.id, tenantId, userId, name, row.prefix, hashSecretToken(key), row.scopes, row.created_at, expiresAt],
  )
  await recordAudit(tx, {
    tenantId,
    actor,
    action: 'api-key.created',
    subjectKind: 'api-key',
    subjectId: row.id,
    detail: { userId, scopes },
  })
  return toApiKey(row)
}
