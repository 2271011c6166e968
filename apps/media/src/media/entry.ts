import type { Sql } from '../kernel/tx.ts'
import { type File, type FileRow, fileColumns, toFile } from './file.ts'
import { type Folder, type FolderRow, folderColumns, toFolder } from './folder.ts'

/** What lies in a folder or in the trash. */
export type Entry = { readonly type: 'folder'; readonly folder: Folder } | { readonly type: 'file'; readonly file: File }

export interface EntryKey {
  readonly type: 'folder' | 'file'
  readonly id: string
}

/** The entries in the order of the keys. One that vanished between the two reads is left out. */
export async function readEntries(sql: Sql, keys: readonly EntryKey[]): Promise<Entry[]> {
  const entries = await Promise.all(keys.map((key) => readEntry(sql, key)))
  return entries.filter((entry) => entry !== undefined)
}

async function readEntry(sql: Sql, { type, id }: EntryKey): Promise<Entry | undefined> {
  if (type === 'folder') {
    const row = await sql.get<FolderRow>(`SELECT ${folderColumns} FROM folder WHERE id = ?`, [id])
    return row && { type, folder: toFolder(row) }
  }
  const row = await sql.get<FileRow>(`SELECT ${fileColumns} FROM file WHERE id = ?`, [id])
  return row && { type, file: toFile(row) }
}
