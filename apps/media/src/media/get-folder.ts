import { demand, type Principal } from '../kernel/principal.ts'
import type { Sql } from '../kernel/tx.ts'
import { type Folder, goneFolder, readFolder } from './folder.ts'
import { hidePlacesOfFolders } from './sharing/unseen-places.ts'

/** The folder, a trashed one included. Throws `folder.unknown`, and `folder.gone` once nothing can bring it back. */
export async function getFolder(sql: Sql, principal: Principal, folderId: string): Promise<Folder> {
  demand(principal, 'read')
  const folder = await readFolder(sql, principal, folderId)
  if (folder.state === 'purged') throw goneFolder()
  const [shown = folder] = await hidePlacesOfFolders(sql, principal, [folder])
  return shown
}
