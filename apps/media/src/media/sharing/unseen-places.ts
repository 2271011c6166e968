import type { Principal } from '../../kernel/principal.ts'
import type { Sql } from '../../kernel/tx.ts'
import type { Entry } from '../entry.ts'
import type { File } from '../file.ts'
import type { Folder } from '../folder.ts'
import { seenFolders } from './visibility.ts'

/** What is shared by itself may lie in a folder that is not, of which its reader is told nothing: it is shown as if it lay at the top. */

export async function hidePlacesOfFiles(sql: Sql, principal: Principal, files: readonly File[]): Promise<File[]> {
  const unseen = await unseenPlaces(sql, principal, files.map(placeOfFile))
  return files.map((file) => hidePlaceOfFile(file, unseen))
}

export async function hidePlacesOfFolders(sql: Sql, principal: Principal, folders: readonly Folder[]): Promise<Folder[]> {
  const unseen = await unseenPlaces(sql, principal, folders.map(placeOfFolder))
  return folders.map((folder) => hidePlaceOfFolder(folder, unseen))
}

export async function hidePlacesOfEntries(sql: Sql, principal: Principal, entries: readonly Entry[]): Promise<Entry[]> {
  const places = entries.map((entry) => (entry.type === 'file' ? placeOfFile(entry.file) : placeOfFolder(entry.folder)))
  const unseen = await unseenPlaces(sql, principal, places)
  return entries.map((entry) =>
    entry.type === 'file'
      ? { type: entry.type, file: hidePlaceOfFile(entry.file, unseen) }
      : { type: entry.type, folder: hidePlaceOfFolder(entry.folder, unseen) },
  )
}

/** Where an entry lies, and to whom it is private. */
interface PlaceOfEntry {
  readonly placeId: string | null
  readonly visibleTo: string | null
}

type Unseen = ReadonlySet<string | null>

const placeOfFile = ({ folderId, visibleTo }: File): PlaceOfEntry => ({ placeId: folderId, visibleTo })
const placeOfFolder = ({ parentId, visibleTo }: Folder): PlaceOfEntry => ({ placeId: parentId, visibleTo })
const hidePlaceOfFile = (file: File, unseen: Unseen): File => (unseen.has(file.folderId) ? { ...file, folderId: null } : file)
const hidePlaceOfFolder = (folder: Folder, unseen: Unseen): Folder => (unseen.has(folder.parentId) ? { ...folder, parentId: null } : folder)

/** The folders around what is private to others, less those that the principal sees. */
async function unseenPlaces(sql: Sql, principal: Principal, entries: readonly PlaceOfEntry[]): Promise<Unseen> {
  const ofOthers = entries.filter(({ visibleTo }) => visibleTo !== null && visibleTo !== principal.userId)
  const places = new Set(ofOthers.map(({ placeId }) => placeId).filter((id) => id !== null))
  if (places.size === 0) return places
  const seen = seenFolders(principal)
  const rows = await sql.all<{ id: string }>(
    `SELECT id FROM folder WHERE id IN (${Array.from(places, () => '?').join(', ')}) AND ${seen.text}`,
    [...places, ...seen.values],
  )
  return places.difference(new Set(rows.map(({ id }) => id)))
}
