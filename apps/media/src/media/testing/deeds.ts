import assert from 'node:assert/strict'
import type { Principal } from '../../kernel/principal.ts'
import { copyFile } from '../copy-file.ts'
import { createFolder } from '../create-folder.ts'
import { eraseBytes } from '../erase-file.ts'
import { folderChildren } from '../folder-children.ts'
import { getFile } from '../get-file.ts'
import { getFolder } from '../get-folder.ts'
import { listFiles } from '../list-files.ts'
import { listFolders } from '../list-folders.ts'
import { listTrash } from '../list-trash.ts'
import { openContent } from '../open-content.ts'
import { type FilePatch, patchFile } from '../patch-file.ts'
import { type FolderPatch, patchFolder } from '../patch-folder.ts'
import { replaceContent } from '../replace-content.ts'
import { restoreFile } from '../restore-file.ts'
import { restoreFolder } from '../restore-folder.ts'
import { trashFile } from '../trash-file.ts'
import { trashFolder } from '../trash-folder.ts'
import { failure, type MediaRoom } from './open-media-room.ts'

/** What somebody may try with an entry, each try in a transaction of its own. */

export const page = { limit: 100 }

export const changeFile = (room: MediaRoom, principal: Principal, id: string, change: FilePatch) =>
  room.inTransaction((tx) => patchFile(tx, principal, id, change))
export const changeFolder = (room: MediaRoom, principal: Principal, id: string, change: FolderPatch) =>
  room.inTransaction((tx) => patchFolder(tx, principal, id, change))
export const trash = (room: MediaRoom, principal: Principal, id: string) => room.inTransaction((tx) => trashFile(room, tx, principal, id))
export const trashTree = (room: MediaRoom, principal: Principal, id: string) =>
  room.inTransaction((tx) => trashFolder(room, tx, principal, id))

/** Every id that any list shows to the principal. */
export async function shown(room: MediaRoom, principal: Principal, folderId: string | null = null): Promise<Set<string>> {
  const files = await listFiles(room.read, principal, {}, page)
  const folders = await listFolders(room.read, principal, {}, page)
  const trashed = await listTrash(room.read, principal, page)
  const children = await folderChildren(room.read, principal, folderId, page)
  const entries = [...trashed.items, ...children.items].map((entry) => (entry.type === 'file' ? entry.file.id : entry.folder.id))
  return new Set([...files.items, ...folders.items].map(({ id }) => id).concat(entries))
}

type Attempts = readonly (() => Promise<unknown>)[]

const readsOfFile = (room: MediaRoom, principal: Principal, id: string): Attempts => [
  () => getFile(room.read, principal, id),
  () => openContent(room, principal, id),
]

const changesOfFile = (room: MediaRoom, principal: Principal, id: string): Attempts => {
  const received = { fileId: id, blobId: id, size: 1, sha256: '', mediaType: '', kind: 'other' as const }
  return [
    () => changeFile(room, principal, id, { name: 'mine' }),
    () => trash(room, principal, id),
    () => room.inTransaction((tx) => restoreFile(tx, principal, id)),
    () => room.inTransaction((tx) => replaceContent(room, tx, principal, id, received)),
    () => eraseBytes(room, principal, id),
  ]
}

const changesOfFolder = (room: MediaRoom, principal: Principal, id: string): Attempts => [
  () => changeFolder(room, principal, id, { name: 'mine' }),
  () => trashTree(room, principal, id),
  () => room.inTransaction((tx) => restoreFolder(tx, principal, id)),
  () => room.inTransaction((tx) => createFolder(tx, principal, { name: 'mine', parentId: id })),
  () => room.upload(principal, { name: 'mine', folderId: id }),
]

const readsOfFolder = (room: MediaRoom, principal: Principal, id: string): Attempts => [
  () => getFolder(room.read, principal, id),
  () => folderChildren(room.read, principal, id, page),
]

async function assertRefused(attempts: Attempts, code: string): Promise<void> {
  for (const attempt of attempts) await assert.rejects(attempt, failure(code), String(attempt))
}

/** No operation tells the principal that the file is there. */
export async function assertUnknown(room: MediaRoom, principal: Principal, id: string): Promise<void> {
  const copy = () => room.inTransaction((tx) => copyFile(tx, principal, id, { name: 'copy' }))
  await assertRefused([...readsOfFile(room, principal, id), ...changesOfFile(room, principal, id), copy], 'file.unknown')
  assert.ok(!(await shown(room, principal)).has(id))
}

export async function assertUnknownFolder(room: MediaRoom, principal: Principal, id: string): Promise<void> {
  await assertRefused([...readsOfFolder(room, principal, id), ...changesOfFolder(room, principal, id)], 'folder.unknown')
  assert.ok(!(await shown(room, principal)).has(id))
}

/** The principal may look at the file and do no more. */
export async function assertReader(room: MediaRoom, principal: Principal, id: string): Promise<void> {
  for (const read of readsOfFile(room, principal, id)) await read()
  await assertRefused(changesOfFile(room, principal, id), 'entry.not_yours')
  assert.ok((await shown(room, principal)).has(id))
}

export async function assertReaderOfFolder(room: MediaRoom, principal: Principal, id: string): Promise<void> {
  for (const read of readsOfFolder(room, principal, id)) await read()
  await assertRefused(changesOfFolder(room, principal, id), 'entry.not_yours')
  assert.ok((await shown(room, principal)).has(id))
}
