import { message } from '@holdfast/messenger'
import { z } from 'zod'
import type { FileEvent, Sql } from '../kernel/tx.ts'
import { findFile } from '../media/file.ts'
import { readersOf } from '../media/sharing/readers-of.ts'
import { fileTopics } from './file-topics.ts'
import type { Update } from './update.ts'

/** For whoever listens: what happened to one file. */
export const fileUpdate = message(
  'media.file-update.v1',
  z.object({ type: z.string().regex(/^file\./), tenantId: z.uuid(), fileId: z.uuid(), at: z.int() }),
  { lane: 'high' },
)

/**
 * The update of one message, with its id: once, however often that is handled. It goes to those who may see the file when it is sent, which
 * may be fewer than when it happened. Undefined where the file is no more.
 */
export async function composeFileUpdate(
  read: Sql,
  { id, correlationId }: { readonly id: string; readonly correlationId: string },
  { type, fileId, at }: FileEvent,
): Promise<Update | undefined> {
  const file = await findFile(read, fileId)
  if (file === undefined) return undefined
  const readers = file.visibleTo === null ? undefined : await readersOf(read, [fileId])
  const data = { event: type, id: fileId, at: new Date(at).toISOString(), correlationId }
  return { id: `urn:uuid:${id}`, fileId, topics: fileTopics(file, readers?.get(fileId)), isPrivate: true, data: JSON.stringify(data) }
}
