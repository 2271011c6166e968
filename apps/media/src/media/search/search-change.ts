import type { Tx } from '../../kernel/tx.ts'
import { feedIndex } from '../messages.ts'

/**
 * Where an index beside the database follows: this file is to be told to it, as it is when that is done. The row is what is left to do; the
 * message only wakes whoever does it.
 */
export async function noteChange(tx: Tx, fileId: string): Promise<void> {
  if (tx.feedsIndex !== true) return
  await tx.sql.run('UPDATE search_document SET revision = revision + 1 WHERE file_id = ?', [fileId])
  await tx.sql.run('INSERT INTO search_change (file_id, tenant_id, changed_at) SELECT id, tenant_id, ? FROM file WHERE id = ?', [
    tx.now,
    fileId,
  ])
  await tx.outbox.dispatch(feedIndex, {})
}
