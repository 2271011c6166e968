import { Failure } from '../../kernel/failure.ts'
import { demand, type Principal } from '../../kernel/principal.ts'
import { take } from '../../kernel/take.ts'
import type { Tx } from '../../kernel/tx.ts'
import { recordAudit } from '../../operations/audit.ts'
import type { EntryKey } from '../entry.ts'
import { takeTree } from '../folder-tree.ts'
import { getFile } from '../get-file.ts'
import { getFolder } from '../get-folder.ts'
import { raiseAllListings, raiseListings } from '../listing-version.ts'
import { demandOwnership } from './share.ts'

/**
 * Takes back what `shareEntry` gave, for all that lies in the entry too, from the next request on. What is shared by a folder above stays so.
 * Throws `entry.not_yours`, and `share.unknown` where there is none of this entry itself.
 */
export async function withdrawShare(tx: Tx, principal: Principal, { type, id }: EntryKey, userId: string): Promise<void> {
  demand(principal, 'write')
  await take(tx, type, id)
  const tenantId = type === 'file' ? await takeFile(tx, principal, id) : await takeFolder(tx, principal, id)
  const { changes } = await tx.sql.run('DELETE FROM entry_share WHERE from_id = ? AND user_id = ?', [id, userId])
  if (changes === 0) throw new Failure('not_found', 'share.unknown', 'this entry itself is not shared with that user')
  await recordAudit(tx, {
    tenantId,
    actor: principal.userId,
    action: `${type}.unshared`,
    subjectKind: type,
    subjectId: id,
    detail: { userId },
  })
}

async function takeFile(tx: Tx, principal: Principal, id: string): Promise<string> {
  const file = await getFile(tx.sql, principal, id)
  demandOwnership(principal, file)
  raiseListings(tx, file.tenantId, file.folderId)
  return file.tenantId
}

/** With all below it, so that no folder is made there meanwhile that would be shared as before. */
async function takeFolder(tx: Tx, principal: Principal, id: string): Promise<string> {
  const folder = await getFolder(tx.sql, principal, id)
  demandOwnership(principal, folder)
  raiseAllListings(tx, folder.tenantId)
  await takeTree(tx, folder)
  return folder.tenantId
}
