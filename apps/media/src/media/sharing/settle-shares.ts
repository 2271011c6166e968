import { inBatches } from '../../kernel/in-batches.ts'
import type { Tx } from '../../kernel/tx.ts'
import { type Folder, type Place, passesShares } from '../folder.ts'
import { insertShares, type ShareRow, shareColumns } from './share.ts'

/** A new folder is shared as the one it is made in. */
export async function inheritShares({ sql }: Tx, { id, parentId }: Pick<Folder, 'id' | 'parentId'>): Promise<void> {
  await sql.run(
    `INSERT INTO entry_share (${shareColumns}) SELECT ?, user_id, from_id, owner_id, shared_at FROM entry_share WHERE entry_id = ?`,
    [id, parentId],
  )
}

/**
 * Writes by which folders above each folder of a tree is shared, from where it stands now. `tree` as `readTree` gives it; `placeOf` tells what is
 * above. What stays as it was is not written.
 */
export async function settleShares({ sql }: Tx, tree: readonly Folder[], placeOf: (folder: Folder) => Place): Promise<void> {
  const [root] = tree
  if (root === undefined) return
  const { folderId } = placeOf(root)
  const ids = tree.map(({ id }) => id)
  const shares = await readShares({ sql }, folderId === null ? ids : [folderId, ...ids])
  const changed: string[] = []
  const inherited: ShareRow[] = []
  for (const folder of tree) {
    const place = placeOf(folder)
    const rows = shares.get(folder.id) ?? []
    const own = rows.filter(isOwn)
    const passed = passesShares(place, folder) ? (shares.get(place.folderId ?? '') ?? []) : []
    const next = passed.map((row) => ({ ...row, entry_id: folder.id }))
    shares.set(folder.id, [...own, ...next])
    if (keysOf(rows.filter((row) => !isOwn(row))) === keysOf(next)) continue
    changed.push(folder.id)
    inherited.push(...next)
  }
  await inBatches(changed, (marks, some) => sql.run(`DELETE FROM entry_share WHERE entry_id IN (${marks}) AND from_id <> entry_id`, some))
  await insertShares(sql, inherited)
}

const isOwn = (row: ShareRow) => row.from_id === row.entry_id
const keysOf = (rows: readonly ShareRow[]) =>
  rows
    .map((row) => `${row.user_id} ${row.from_id}`)
    .toSorted()
    .join()

async function readShares({ sql }: Pick<Tx, 'sql'>, entryIds: readonly string[]): Promise<Map<string, ShareRow[]>> {
  const rows: ShareRow[] = []
  await inBatches(entryIds, async (marks, some) => {
    rows.push(...(await sql.all<ShareRow>(`SELECT ${shareColumns} FROM entry_share WHERE entry_id IN (${marks})`, some)))
  })
  return Map.groupBy(rows, (row) => row.entry_id)
}
