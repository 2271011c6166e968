import { type Handler, handle, PutBack } from '@holdfast/messenger'
import type { InTransaction, Sql } from '../kernel/tx.ts'
import { type DeleteBlobDeps, deleteCondemnedBlob } from '../media/delete-blob.ts'
import { dropFileVersion } from '../media/drop-version.ts'
import {
  deleteBlob,
  dropVersion,
  feedIndex,
  indexFile,
  makeThumbnails,
  purgeFile,
  purgeFolder,
  treeEvent,
  userDeleted,
} from '../media/messages.ts'
import { type PurgeDeps, purgeFile as purge } from '../media/purge-file.ts'
import { purgeTrashedFolder } from '../media/purge-folder.ts'
import { type IndexDeps, indexFile as index } from '../media/search/index-file.ts'
import { tellTree } from '../media/tell-tree.ts'
import { type ThumbnailDeps, makeThumbnails as thumbnails } from '../media/thumbnails/make-thumbnails.ts'
import { trashOwned } from '../media/trash-owned.ts'
import { type BindTx, committing } from './committing.ts'

export interface MediaHandlerDeps extends PurgeDeps, DeleteBlobDeps, IndexDeps, ThumbnailDeps {
  readonly blobs: PurgeDeps['blobs'] & IndexDeps['blobs'] & ThumbnailDeps['blobs']
  readonly limits: ThumbnailDeps['limits'] & { readonly purgeDelayMs: number }
  readonly inTransaction: InTransaction
  readonly read: Sql
  readonly bindTx: BindTx
  readonly now: () => number
  /** Where there is an index beside the database: it is told what changed. */
  readonly wakeIndex?: (() => void) | undefined
}

/** How long a file under a legal hold waits until it is looked at again. */
const heldRetryMs = 24 * 3_600_000

/** Files that are trashed in one transaction. */
const trashBatch = 100

/** message -> one operation. */
export function mediaHandlers(deps: MediaHandlerDeps): Handler[] {
  const comeBack = (outcome: { readonly is: string; readonly dueAt?: number }) => {
    if (outcome.is === 'early' && outcome.dueAt !== undefined) throw new PutBack(outcome.dueAt)
    if (outcome.is === 'held') throw new PutBack(deps.now() + heldRetryMs)
  }
  return [
    handle(purgeFile, async ({ payload, commit }) => {
      comeBack(await purge(deps, payload.fileId, payload.epoch, committing(deps.bindTx, commit)))
    }),
    handle(purgeFolder, async ({ payload, commit }) => {
      comeBack(await purgeTrashedFolder(deps, payload.folderId, payload.epoch, committing(deps.bindTx, commit)))
    }),
    handle(dropVersion, async ({ payload, commit }) => {
      // Inside, so that coming early rolls the receipt back.
      await committing(deps.bindTx, commit)(async (tx) => comeBack(await dropFileVersion(tx, payload.fileId, payload.version)))
    }),
    handle(deleteBlob, async ({ payload, commit }) => {
      await deleteCondemnedBlob(deps, payload.blobId, committing(deps.bindTx, commit))
    }),
    handle(treeEvent, async ({ payload, commit }) => {
      await committing(
        deps.bindTx,
        commit,
      )(async (tx) => {
        const left = await tellTree(tx, payload)
        if (left !== undefined) await tx.outbox.dispatch(treeEvent, left)
      })
    }),
    handle(indexFile, async ({ payload, commit }) => {
      await index(deps, payload.fileId, committing(deps.bindTx, commit))
    }),
    handle(makeThumbnails, async ({ payload, signal, commit }) => {
      await thumbnails(deps, payload.blobId, signal, committing(deps.bindTx, commit))
    }),
    handle(feedIndex, async () => deps.wakeIndex?.()),
    handle(userDeleted, async ({ payload, commit }) => {
      await committing(
        deps.bindTx,
        commit,
      )(async (tx) => {
        const trashed = await trashOwned(deps, tx, payload.userId, trashBatch)
        if (trashed === trashBatch) await tx.outbox.dispatch(userDeleted, payload)
      })
    }),
  ]
}
