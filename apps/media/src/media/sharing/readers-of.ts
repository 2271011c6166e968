import type { Sql } from '../../kernel/tx.ts'

/** The users that each of the files is shared with, itself or by its folder: as `seenFiles` has it, the other way round. */
export async function readersOf(sql: Sql, fileIds: readonly string[]): Promise<Map<string, string[]>> {
  if (fileIds.length === 0) return new Map()
  const marks = fileIds.map(() => '?').join(', ')
  const rows = await sql.all<{ fileId: string; userId: string }>(
    `SELECT file.id AS fileId, entry_share.user_id AS userId FROM file JOIN entry_share ON entry_share.entry_id = file.id
      WHERE file.id IN (${marks})
     UNION
     SELECT file.id, entry_share.user_id FROM file
       JOIN entry_share ON entry_share.entry_id = file.folder_id AND entry_share.owner_id = file.owner_id
      WHERE file.id IN (${marks}) AND file.is_private = 0`,
    [...fileIds, ...fileIds],
  )
  const readers = Map.groupBy(rows, ({ fileId }) => fileId)
  return new Map([...readers].map(([fileId, some]) => [fileId, some.map(({ userId }) => userId)]))
}
