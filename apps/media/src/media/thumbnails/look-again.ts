import type { InTransaction, Sql } from '../../kernel/tx.ts'
import { type PreviewPrograms, previewPrograms } from './thumbnailer.ts'

/**
 * What waited for a program that is installed by now is looked at again, by whoever asks for it next. At most `limit` of each program. Gives
 * how many.
 */
export async function lookAgain(
  { inTransaction, read }: { readonly inTransaction: InTransaction; readonly read: Sql },
  { isInstalled }: PreviewPrograms,
  limit: number,
): Promise<number> {
  let found = 0
  for (const program of previewPrograms) {
    const refusal = `no_${program}`
    const waiting = await read.all<{ blob_id: string }>('SELECT blob_id FROM picture WHERE refusal = ? LIMIT ?', [refusal, limit])
    if (waiting.length === 0 || !(await isInstalled(program))) continue
    found += waiting.length
    await inTransaction(async (tx) => {
      for (const { blob_id: blobId } of waiting) {
        await tx.sql.run('UPDATE picture SET refusal = NULL WHERE blob_id = ? AND refusal = ?', [blobId, refusal])
      }
    })
  }
  return found
}
