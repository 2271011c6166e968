import { demand, type Principal } from '../kernel/principal.ts'
import type { Sql } from '../kernel/tx.ts'
import { type File, goneFile, readFile } from './file.ts'
import { hidePlacesOfFiles } from './sharing/unseen-places.ts'

/** The file, trashed ones included. Throws `file.unknown`, and `file.gone` once nothing can bring it back. */
export async function getFile(sql: Sql, principal: Principal, fileId: string): Promise<File> {
  demand(principal, 'read')
  const file = await readFile(sql, principal, fileId)
  if (file.state === 'purged' || file.state === 'erased') throw goneFile()
  const [shown = file] = await hidePlacesOfFiles(sql, principal, [file])
  return shown
}
