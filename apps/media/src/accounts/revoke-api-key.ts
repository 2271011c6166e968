import { Failure } from '../kernel/failure.ts'
import { may } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import type { Authenticated } from './authenticate.ts'
import { demandAuthorityOver } from './change-user.ts'
import { demandOwnAccount } from './demand-own-account.ts'
import { decodeRoles } from './fields.ts'

/**
 * Counts from the next request on. A repeat changes nothing. One's own, or with `administer` anybody's in the tenant;
 * a key may revoke itself whatever it may do else.
 * Throws `api-key.unknown`, also for a key that is none of the principal's business, `auth.forbidden` and `user.ops_only`.
 */
export async function revokeApiKey(tx: Tx, principal: Authenticated, apiKeyId: string): Promise<void> {
  const row = await tx.sql.get<{ user_id: string; roles: string }>(
    'SELECT k.user_id, u.roles FROM api_key k JOIN user u ON u.id = k.user_id WHERE k.id = ? AND k.tenant_id = ?',
    [apiKeyId, principal.tenantId],
  )
  if (row === undefined || (row.user_id !== principal.userId && !may(principal, 'administer'))) {
    throw new Failure('not_found', 'api-key.unknown', 'there is no such API key')
  }
  if (row.user_id !== principal.userId) demandAuthorityOver(principal, decodeRoles(row.roles))
  else if (principal.credentialId !== apiKeyId) demandOwnAccount(principal)
  const { changes } = await tx.sql.run('UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', [tx.now, apiKeyId])
  if (changes === 0) return
  await recordAudit(tx, {
    tenantId: principal.tenantId,
    actor: principal.userId,
    action: 'api-key.revoked',
    subjectKind: 'api-key',
    subjectId: apiKeyId,
    detail: { userId: row.user_id },
  })
}
