import { randomInt } from 'node:crypto'
import { inBatches } from '../kernel/in-batches.ts'
import type { Sql, Tx } from '../kernel/tx.ts'

/** The top of the tree. Other places are the ids of folders. */
const top = 'root'
/** What changes whole trees changes every listing of its tenant. */
const everywhere = '*'

/** So that transactions of several processes seldom wait for one another's row. */
const slotsOfPlace = 8

interface Raise {
  readonly tenantId: string
  readonly place: string
}

/** Whatever is listed in these folders (null is the top of the tree) is another listing once this commits. */
export function raiseListings({ sql }: Pick<Tx, 'sql'>, tenantId: string, ...folderIds: readonly (string | null)[]): void {
  for (const folderId of folderIds) sql.beforeCommit(writeVersions, { tenantId, place: folderId ?? top })
}

/** The same for all folders: who sees what changed below one. */
export function raiseAllListings({ sql }: Pick<Tx, 'sql'>, tenantId: string): void {
  sql.beforeCommit(writeVersions, { tenantId, place: everywhere })
}

/** At the very end, so that the rows are held for the COMMIT alone; in one order, so that nobody waits in a ring. */
async function writeVersions(sql: Sql, raises: readonly Raise[]): Promise<void> {
  const places = new Map(raises.map((raise) => [`${raise.tenantId} ${raise.place}`, raise]))
  const rows = [...places].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, raise]) => raise)
  const slot = randomInt(slotsOfPlace)
  await sql.run(
    `REPLACE INTO listing_version (tenant_id, place, slot, version) VALUES ${rows.map(() => '(?, ?, ?, ?)').join(', ')}`,
    rows.flatMap(({ tenantId, place }) => [tenantId, place, slot, newVersion()]),
  )
}

/** Not a count: a database that was set back to an older backup must not come to a version again that meant something else. */
const newVersion = () => randomInt(2 ** 48 - 1)

/**
 * Another one after each commit that changed what is listed in the folder, whoever looks. Read before the listing is: what is kept under a version
 * is then as new as that version, or newer.
 */
export async function listingVersion(sql: Sql, tenantId: string, folderId: string | null): Promise<string> {
  const rows = await sql.all<{ version: number }>(
    'SELECT version FROM listing_version WHERE tenant_id = ? AND place IN (?, ?) ORDER BY place, slot',
    [tenantId, folderId ?? top, everywhere],
  )
  return rows.map(({ version }) => version.toString(36)).join('.')
}

/** Of folders that lie in the trash by the deletion of one, and will not come back: nobody asks again. */
export async function forgetListings({ sql }: Tx, { id, tenantId }: { readonly id: string; readonly tenantId: string }): Promise<void> {
  const folders = await sql.all<{ id: string }>("SELECT id FROM folder WHERE trash_root_id = ? AND state = 'trashed'", [id])
  await inBatches(
    folders.map((folder) => folder.id),
    (marks, some) => sql.run(`DELETE FROM listing_version WHERE tenant_id = ? AND place IN (${marks})`, [tenantId, ...some]),
  )
}
