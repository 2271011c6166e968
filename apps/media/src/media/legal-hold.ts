import { demand, type Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { changedFile, type File, goneFile, readFile } from './file.ts'
import { raiseListings } from './listing-version.ts'

/** Keeps a file from being purged or erased until it is released, whatever is asked meanwhile. A repeat changes nothing. */
export const holdFile = (tx: Tx, principal: Principal, fileId: string): Promise<File> => setHold(tx, principal, fileId, true)

/** A purge that fell due under the hold follows within a day. */
export const releaseFile = (tx: Tx, principal: Principal, fileId: string): Promise<File> => setHold(tx, principal, fileId, false)

async function setHold(tx: Tx, principal: Principal, fileId: string, held: boolean): Promise<File> {
  const file = await readFile(tx.sql, principal, fileId)
  demand(principal, 'administer')
  if (file.state !== 'active' && file.state !== 'trashed') throw goneFile()
  if ((file.legalHoldAt !== null) === held) return file
  const { changes } = await tx.sql.run('UPDATE file SET legal_hold_at = ?, updated_at = ? WHERE id = ? AND state = ?', [
    held ? tx.now : null,
    tx.now,
    fileId,
    file.state,
  ])
  if (changes !== 1) throw changedFile()
  raiseListings(tx, file.tenantId, file.folderId)
  const action = held ? 'file.held' : 'file.released'
  await recordAudit(tx, { tenantId: file.tenantId, actor: principal.userId, action, subjectKind: 'file', subjectId: fileId })
  return readFile(tx.sql, principal, fileId)
}
