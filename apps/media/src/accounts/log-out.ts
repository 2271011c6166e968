import { Failure } from '../kernel/failure.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import type { Authenticated } from './authenticate.ts'
import { revokeSession } from './session.ts'

/** Ends the session that the principal's token belongs to. Throws `auth.no_session` for an API key, which has none. */
export async function logOut(tx: Tx, principal: Authenticated): Promise<void> {
  if (principal.via !== 'token') throw new Failure('conflict', 'auth.no_session', 'an API key has no session to end: revoke the key')
  await revokeSession(tx, principal.credentialId)
  await recordAudit(tx, {
    tenantId: principal.tenantId,
    actor: principal.userId,
    action: 'user.logged_out',
    subjectKind: 'user',
    subjectId: principal.userId,
    detail: { sessionId: principal.credentialId },
  })
}
