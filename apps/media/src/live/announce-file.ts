import { message } from '@holdfast/messenger'
import { z } from 'zod'
import type { FileEvent, Tx } from '../kernel/tx.ts'
import { findFile } from '../media/file.ts'
import { fileTopic } from './file-topics.ts'
import { appendUpdate } from './update-log.ts'

/** For whoever listens: what happened to one file. */
export const fileUpdate = message(
  'media.file-update.v1',
  z.object({ type: z.string().regex(/^file\./), tenantId: z.uuid(), fileId: z.uuid(), at: z.int() }),
  { lane: 'high' },
)

/**
 * Adds the update to the log, under the id of its message: once, however often that is handled. It goes to those who may see the file when it is
 * sent, which may be fewer than when it happened.
 */
export async function announceFile(tx: Tx, messageId: string, { type, fileId, at }: FileEvent): Promise<void> {
  const file = await findFile(tx.sql, fileId)
  if (file === undefined) return
  const data = { event: type, id: fileId, at: new Date(at).toISOString(), correlationId: tx.correlationId }
  await appendUpdate(tx, { id: `urn:uuid:${messageId}`, fileId, topics: [fileTopic(file)], isPrivate: true, data: JSON.stringify(data) })
}
