import { message } from '@holdfast/messenger'
import { z } from 'zod'

/** Sent when a file is trashed; due when its grace period ends. */
export const purgeFile = message('media.purge-file.v1', z.object({ fileId: z.uuid(), epoch: z.int() }), { lane: 'low' })

/** Sent when a folder is trashed; due when the grace period of its tree ends. */
export const purgeFolder = message('media.purge-folder.v1', z.object({ folderId: z.uuid(), epoch: z.int() }), { lane: 'low' })

/** Sent when newer bytes replace a version; due when the older ones need no longer be kept. */
export const dropVersion = message('media.drop-version.v1', z.object({ fileId: z.uuid(), version: z.int() }), { lane: 'low' })

/** Sent with the condemnation of a blob whose bytes nobody stands by to delete. */
export const deleteBlob = message('media.delete-blob.v1', z.object({ blobId: z.uuid() }), { lane: 'low' })

/** Sent with the removal of a user, and by other systems that keep the users. Repeats itself until nothing of theirs is left. */
export const userDeleted = message('media.user-deleted.v1', z.object({ userId: z.uuid() }), { lane: 'external' })

/** For other systems, where a broker carries messages: what happened to one file. */
export const fileEvent = message(
  'media.file-event.v1',
  z.object({ type: z.string().regex(/^file\./), tenantId: z.uuid(), fileId: z.uuid(), at: z.int() }),
  { lane: 'external' },
)

/**
 * Sent when a folder goes into the trash or comes back with files in it: each of them is told of, some at a time. `story` is the correlation id and
 * `at` the instant, in milliseconds since 1970, of their rows in the audit; those up to the id `after` are told of already.
 */
export const treeEvent = message(
  'media.tree-event.v1',
  z.object({ verb: z.enum(['trashed', 'restored']), rootId: z.uuid(), tenantId: z.uuid(), story: z.string(), at: z.int(), after: z.int() }),
  { lane: 'high' },
)

/** Sent with bytes that hold words: they are read for the search. */
export const indexFile = message('media.index-file.v1', z.object({ fileId: z.uuid() }), { lane: 'low' })

/** Sent with bytes that may be a picture, and when somebody asks for a thumbnail that is not there. */
export const makeThumbnails = message('media.make-thumbnails.v1', z.object({ blobId: z.uuid() }), { lane: 'low' })

/** Sent with what changes a file, where an index beside the database follows: whoever handles it tells that index all that is left to tell. */
export const feedIndex = message('media.feed-index.v1', z.object({}), { lane: 'external' })

export const mediaMessages = [
  purgeFile,
  purgeFolder,
  dropVersion,
  deleteBlob,
  userDeleted,
  treeEvent,
  indexFile,
  makeThumbnails,
  feedIndex,
] as const
