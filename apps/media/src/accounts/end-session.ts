import { Failure } from '../kernel/failure.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import type { Authenticated } from './authenticate.ts'
import { demandOwnAccount } from './demand-own-account.ts'
import { revokeSession } from './session.ts'

/** Ends one of one's own, as logging out there would. A repeat changes nothing. Throws `auth.forbidden`, `session.unknown`, also for somebody else's. */
export async function endSession(tx: Tx, principal: Authenticated, sessionId: string): Promise<void> {
  demandOwnAccount(principal)
  const { tenantId, userId } = principal
  const row = await tx.sql.get('SELECT 1 FROM session WHERE id = ? AND user_id = ?', [sessionId, userId])
  if (row === undefined) throw new Failure('not_found', 'session.unknown', 'there is no such session')
  if (!(await revokeSession(tx, sessionId))) return
  await recordAudit(tx, {
    ...{ tenantId, actor: userId },
    action: 'user.session_ended',
    subjectKind: 'user',
    subjectId: userId,
    detail: { sessionId },
  })
}
