import { findUser } from '../../accounts/user.ts'
import { Failure } from '../../kernel/failure.ts'
import { demand, type Principal } from '../../kernel/principal.ts'
import { take } from '../../kernel/take.ts'
import type { Tx } from '../../kernel/tx.ts'
import { recordAudit } from '../../operations/audit.ts'
import type { EntryKey } from '../entry.ts'
import { readActiveFile } from '../file.ts'
import { type Folder, passesShares, readActiveFolder } from '../folder.ts'
import { takeTree } from '../folder-tree.ts'
import { raiseAllListings, raiseListings } from '../listing-version.ts'
import { demandOwnership, insertShares, type Share, type ShareRow, shareColumns, toShare } from './share.ts'

/** Users that one entry is shared with. Each of them is a topic of its live updates. */
const mostUsers = 100

/**
 * Lets another user of the tenant see an entry that is private, by itself or by a folder above it, and all that lies in it: from the next request
 * on, and until it is withdrawn. What everybody may see stays so; the share counts once it is private. A repeat changes nothing.
 * Throws `entry.not_yours`, `user.unknown`, `share.with_owner`, `share.too_many`.
 */
export async function shareEntry(tx: Tx, principal: Principal, entry: EntryKey, userId: string): Promise<Share> {
  demand(principal, 'write')
  const { type, id } = entry
  await take(tx, type, id)
  const { tenantId, ownerId, reached } = type === 'file' ? await ownFile(tx, principal, id) : await ownFolder(tx, principal, id)
  await take(tx, 'user', userId)
  await findUser(tx.sql, tenantId, userId)
  if (userId === ownerId) throw new Failure('unprocessable', 'share.with_owner', 'the owner sees it anyway')
  const earlier = await tx.sql.get<ShareRow>(`SELECT ${shareColumns} FROM entry_share WHERE entry_id = ? AND user_id = ? AND from_id = ?`, [
    id,
    userId,
    id,
  ])
  if (earlier !== undefined) return toShare(earlier, id)
  await refuseMoreUsers(tx, id)
  await insertShares(
    tx.sql,
    reached.map((entryId) => ({ entry_id: entryId, user_id: userId, from_id: id, owner_id: ownerId, shared_at: tx.now })),
  )
  await recordAudit(tx, {
    tenantId,
    actor: principal.userId,
    action: `${type}.shared`,
    subjectKind: type,
    subjectId: id,
    detail: { userId },
  })
  return { userId, folderId: null, sharedAt: tx.now }
}

async function refuseMoreUsers({ sql }: Tx, id: string): Promise<void> {
  const { users } = (await sql.get<{ users: number }>('SELECT COUNT(*) AS users FROM entry_share WHERE from_id = ? AND entry_id = ?', [
    id,
    id,
  ])) ?? { users: 0 }
  if (Number(users) < mostUsers) return
  throw new Failure('unprocessable', 'share.too_many', `an entry is shared with ${mostUsers} users at most`)
}

/** Who owns the entry, and what a share of it reaches. */
interface Own {
  readonly tenantId: string
  readonly ownerId: string
  readonly reached: readonly string[]
}

async function ownFile(tx: Tx, principal: Principal, id: string): Promise<Own> {
  const file = await readActiveFile(tx.sql, principal, id)
  demandOwnership(principal, file)
  raiseListings(tx, file.tenantId, file.folderId)
  return { ...file, reached: [id] }
}

async function ownFolder(tx: Tx, principal: Principal, id: string): Promise<Own> {
  const folder = await readActiveFolder(tx.sql, principal, id)
  demandOwnership(principal, folder)
  raiseAllListings(tx, folder.tenantId)
  return { ...folder, reached: reachOf(await takeTree(tx, folder)) }
}

/** The folders of a tree that are shared with its root: as far as the next private one. */
function reachOf(tree: readonly Folder[]): string[] {
  const reached = new Map<string, Folder>()
  for (const folder of tree) {
    const above = reached.get(folder.parentId ?? '')
    if (reached.size === 0 || (above !== undefined && passesShares(above, folder))) reached.set(folder.id, folder)
  }
  return [...reached.keys()]
}
