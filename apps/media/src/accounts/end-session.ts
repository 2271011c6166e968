import { Failure } from '../kernel/failure.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { revokeSession } from './session.ts'

/** Ends one of one's own, as logging out there would. A repeat changes nothing. Throws `session.unknown`, also for somebody else's. */
export async function endSession(tx: Tx, { tenantId, userId }: Principal, sessionId: string): Promise<void> {
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
