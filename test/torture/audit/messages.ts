import type { Report } from '../findings.ts'
import type { HouseAtRest } from './house.ts'

interface MessageRow {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly payload: string
}

/** What is due was done, and what will be due has a message that says so. */
export async function checkMessages({ rows }: HouseAtRest, report: Report): Promise<void> {
  // A sweep may be ahead of the message that asks for the same.
  const undone = await rows<MessageRow>(
    "SELECT id, name, state, payload FROM message WHERE state = 'failed' OR (state NOT IN ('done', 'cancelled', 'expired') AND due_at <= ?)",
    Date.now(),
  )
  const deleted = new Set((await rows<{ id: string }>("SELECT id FROM stored_blob WHERE state = 'deleted'")).map(({ id }) => id))
  for (const { id, name, state, payload } of undone) {
    const { blobId = '' } = JSON.parse(payload) as { blobId?: string }
    if (state !== 'failed' && deleted.has(blobId)) continue
    report('message.undone', `${name} ${id} is ${state}`)
  }
  const forgotten = await rows<{ id: string }>(
    `SELECT id FROM (SELECT id, purge_message_id, state, trash_root_id FROM file UNION ALL SELECT id, purge_message_id, state, trash_root_id FROM folder) AS entry
      WHERE state = 'trashed' AND trash_root_id = id
        AND NOT EXISTS (SELECT 1 FROM message WHERE message.id = purge_message_id AND message.state = 'pending')`,
  )
  for (const { id } of forgotten) report('message.undone', `${id} is in the trash and no message will purge it`)
  const cutOff = await rows<{ id: string; state: string }>("SELECT id, state FROM file WHERE state IN ('reserved', 'purging', 'erasing')")
  for (const { id, state } of cutOff) report('message.undone', `${id} is ${state} still`)
}
