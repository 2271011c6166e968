import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { nameKey } from '../entry-name.ts'
import { type FileMove, type FileState, nextFileState } from '../file-state.ts'
import { type Folder, type FolderRow, folderColumns, passesShares, toFolder } from '../folder.ts'
import { usedBytes } from '../quota.ts'
import { type ShareRow, shareColumns } from '../sharing/share.ts'
import { graceMs, type MediaRoom } from './open-media-room.ts'

/** The numbers are those of the design of a file's life: I1 to I8. */

interface BlobNow {
  readonly id: string
  readonly key: string
  readonly state: string
  readonly size: number
}

const order = ['staging', 'live', 'condemned', 'deleted']

/** Remembers what it saw, so that each look also checks what may not change. */
export function createInvariants(room: MediaRoom) {
  const blobStates = new Map<string, string>()
  let looks = 0

  const blobsOnlyGoForward = async () => {
    const blobs = await room.read.all<BlobNow>('SELECT id, storage_key AS "key", state, size FROM stored_blob')
    for (const { id, state } of blobs) {
      const before = blobStates.get(id) ?? 'staging'
      assert.ok(order.indexOf(state) >= order.indexOf(before), `I3: blob ${id} went from ${before} to ${state}`)
      assert.ok(!(before === 'condemned' && state === 'live'), 'I3')
      blobStates.set(id, state)
    }
    assert.equal(new Set(blobs.map(({ key }) => key)).size, blobs.length, 'I3: a key was used twice')
    for (const blob of blobs) {
      if (blob.state !== 'live') continue
      const found = await stat(join(room.blobsFolder, blob.key)).catch(() => undefined)
      assert.equal(found?.size, blob.size, `I1, I2: the bytes of the live blob ${blob.id}`)
    }
  }

  const readableFilesHaveLiveBlobs = async () => {
    const lost = await room.read.all(
      `SELECT file.id, file.state, stored_blob.state AS blob_state FROM file JOIN stored_blob ON stored_blob.id = file.blob_id
        WHERE file.state IN ('active', 'trashed') AND (stored_blob.state <> 'live' OR stored_blob.size <> file.size OR stored_blob.sha256 <> file.sha256)`,
    )
    assert.deepEqual(lost, [], 'I1')
    const versions = await room.read.all(
      `SELECT file.id FROM file_version JOIN file ON file.id = file_version.file_id JOIN stored_blob ON stored_blob.id = file_version.blob_id
        WHERE file.state IN ('active', 'trashed') AND stored_blob.state <> 'live'`,
    )
    assert.deepEqual(versions, [], 'I1, of versions')
    const thumbnails = await room.read.all(
      `SELECT thumbnail.blob_id FROM thumbnail JOIN stored_blob ON stored_blob.id = thumbnail.blob_id
         JOIN stored_blob AS source ON source.id = thumbnail.source_id WHERE (source.state = 'live') <> (stored_blob.state = 'live')`,
    )
    assert.deepEqual(thumbnails, [], 'thumbnails are live as long as their source, and no longer')
  }

  return {
    looks: () => looks,
    check: async () => {
      looks++
      await blobsOnlyGoForward()
      await readableFilesHaveLiveBlobs()
      await auditTellsEachMove(room)
      await namesAreThoseOfActiveEntries(room)
      await treeIsWhole(room)
      await sharesFollowTheTree(room)
    },
  }
}

const moveOf: Readonly<Record<string, FileMove>> = {
  created: 'bytesStored',
  rejected: 'refused',
  expired: 'timeRanOut',
  trashed: 'trash',
  restored: 'restore',
  purging: 'startPurge',
  purged: 'bytesDeleted',
  erasing: 'erase',
  erased: 'bytesDeleted',
}

/** I7: replaying the audit by the table of moves gives the state that each file is in. I8: no purge was decided before its time. */
async function auditTellsEachMove(room: MediaRoom): Promise<void> {
  const files = await room.read.all<{ id: string; state: FileState }>('SELECT id, state FROM file')
  const rows = await room.read.all<{ subject_id: string; action: string; at: number }>(
    "SELECT subject_id, action, at FROM audit WHERE subject_kind = 'file' ORDER BY id",
  )
  const histories = Map.groupBy(rows, (row) => row.subject_id)
  for (const { id, state } of files) {
    const told = (histories.get(id) ?? []).map(({ action, at }) => ({ verb: action.slice('file.'.length), at }))
    let now: FileState = told[0]?.verb === 'copied' ? 'active' : 'reserved'
    let trashedAt = 0
    for (const { verb, at } of told) {
      const move = moveOf[verb]
      if (move === undefined) continue
      const next = nextFileState(now, move)
      assert.ok(next, `I7: ${id} was ${now} and the audit says ${verb}: ${told.map((row) => row.verb).join()}`)
      if (verb === 'trashed') trashedAt = at
      if (verb === 'purging') assert.ok(at >= trashedAt + graceMs, `I8: ${id} was purged before its grace was over`)
      now = next
    }
    assert.equal(state, now, `I7: ${id}: ${told.map((row) => row.verb).join()}`)
  }
}

interface Entry {
  readonly id: string
  readonly tenant_id: string
  readonly owner_id: string
  readonly parent: string | null
  readonly name: string
  readonly name_key: string
  readonly is_private: number
  readonly visible_to: string | null
}

const activeEntries = (room: MediaRoom, table: 'file' | 'folder') =>
  room.read.all<Entry & { depth: number }>(
    `SELECT id, tenant_id, owner_id, ${table === 'file' ? 'folder_id' : 'parent_id'} AS parent, name, name_key, is_private, visible_to,
            ${table === 'file' ? '0' : 'depth'} AS depth FROM ${table} WHERE state = 'active'`,
  )

/** Each active entry holds its name and nothing else does, so no two that somebody sees side by side have the same. */
async function namesAreThoseOfActiveEntries(room: MediaRoom): Promise<void> {
  const active = [...(await activeEntries(room, 'file')), ...(await activeEntries(room, 'folder'))]
  const expected = active.map((entry) =>
    [entry.id, entry.tenant_id, entry.parent ?? '', entry.is_private === 1 ? entry.owner_id : '', nameKey(entry.name)].join(),
  )
  const held = await room.read.all<Record<'entry_id' | 'tenant_id' | 'parent_id' | 'audience' | 'name_key', string>>(
    'SELECT entry_id, tenant_id, parent_id, audience, name_key FROM sibling_name',
  )
  assert.deepEqual(
    held.map((row) => [row.entry_id, row.tenant_id, row.parent_id, row.audience, row.name_key].join()).toSorted(),
    expected.toSorted(),
    'the names that are taken',
  )
}

/** What is active lies in active folders, and is seen by the tenant or, where it or a folder above is private, by its owner alone. */
async function treeIsWhole(room: MediaRoom): Promise<void> {
  const folders = new Map((await activeEntries(room, 'folder')).map((folder) => [folder.id, folder]))
  const place = (parent: string | null): { hidden: boolean; depth: number } => {
    if (parent === null) return { hidden: false, depth: 0 }
    const folder = folders.get(parent)
    assert.ok(folder, 'I6: an active entry lies in a folder that is not')
    const above = place(folder.parent)
    return { hidden: above.hidden || folder.is_private === 1, depth: above.depth + 1 }
  }
  for (const folder of folders.values()) assert.equal(folder.depth, place(folder.id).depth, 'the depth of a folder')
  for (const entry of [...folders.values(), ...(await activeEntries(room, 'file'))]) {
    const hidden = entry.is_private === 1 || place(entry.parent).hidden
    assert.equal(entry.visible_to, hidden ? entry.owner_id : null, `who sees ${entry.name}`)
  }
}

/** A folder is shared as it was itself, and as the one it lies in where both are hidden, one user's, and it is not private itself. */
async function sharesFollowTheTree(room: MediaRoom): Promise<void> {
  const rows = await room.read.all<FolderRow>(`SELECT ${folderColumns} FROM folder WHERE state <> 'purged'`)
  const folders = new Map(rows.map(toFolder).map((folder) => [folder.id, folder]))
  const shares = await room.read.all<ShareRow>(`SELECT ${shareColumns} FROM entry_share`)
  const keyOf = ({ user_id, from_id, owner_id, shared_at }: ShareRow) => [user_id, from_id, owner_id, shared_at].join()
  const expected = (folder: Folder): string[] => {
    const own = shares.filter(({ entry_id, from_id }) => entry_id === folder.id && from_id === folder.id).map(keyOf)
    const above = folders.get(folder.parentId ?? '')
    return above !== undefined && passesShares(above, folder) ? [...own, ...expected(above)] : own
  }
  for (const folder of folders.values()) {
    const held = shares.filter(({ entry_id }) => entry_id === folder.id).map(keyOf)
    assert.deepEqual(held.toSorted(), expected(folder).toSorted(), `with whom ${folder.name} is shared`)
  }
}

/** I5, for a house that was reconciled at rest: the files on disk are those of the live blobs, nothing is half-way, nothing else is counted. */
export async function assertSettled(room: MediaRoom): Promise<number> {
  const keys = await room.storedKeys()
  assert.deepEqual(keys, await room.liveKeys(), 'I5: stored keys = live blobs')
  const halfWay = await room.read.all(
    "SELECT id, state FROM stored_blob WHERE state IN ('staging', 'condemned') UNION ALL SELECT id, state FROM file WHERE state IN ('reserved', 'purging', 'erasing')",
  )
  assert.deepEqual(halfWay, [], 'nothing is half-way')
  const sizes = await Promise.all(keys.map(async (key) => (await stat(join(room.blobsFolder, key))).size))
  assert.equal(
    await usedBytes(room.read, room.alice.tenantId),
    sizes.reduce((sum, size) => sum + size, 0),
    'I5: quota = sum of sizes',
  )
  return keys.length
}

export const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
