import { inList } from '../kernel/in-list.ts'
import type { Sql } from '../kernel/tx.ts'
import { type File, type FileRow, fileColumns, toFile } from './file.ts'
import { type Folder, type FolderRow, folderColumns, toFolder } from './folder.ts'

/** What lies in a folder or in the trash. */
export type Entry = { readonly type: 'folder'; readonly folder: Folder } | { readonly type: 'file'; readonly file: File }

export interface EntryKey {
  readonly type: 'folder' | 'file'
  readonly id: string
}

/** The entries in the order of the keys, by one statement for each type. One that vanished since the keys were read is left out. */
export async function readEntries(sql: Sql, keys: readonly EntryKey[]): Promise<Entry[]> {
  const [folders, files] = await Promise.all([
    rowsById<FolderRow>(sql, `SELECT ${folderColumns} FROM folder`, idsOf('folder', keys)),
    rowsById<FileRow>(sql, `SELECT ${fileColumns} FROM file`, idsOf('file', keys)),
  ])
  const entries = keys.map(({ type, id }): Entry | undefined => {
    if (type === 'folder') {
      const row = folders.get(id)
      return row && { type, folder: toFolder(row) }
    }
    const row = files.get(id)
    return row && { type, file: toFile(row) }
  })
  return entries.filter((entry) => entry !== undefined)
}

const idsOf = (type: EntryKey['type'], keys: readonly EntryKey[]) => keys.filter((key) => key.type === type).map(({ id }) => id)

async function rowsById<Row extends { readonly id: string }>(sql: Sql, select: string, ids: readonly string[]): Promise<Map<string, Row>> {
  if (ids.length === 0) return new Map()
  const { marks, values } = inList(ids)
  const rows = await sql.all<Row>(`${select} WHERE id IN (${marks})`, values)
  return new Map(rows.map((row) => [row.id, row]))
}
