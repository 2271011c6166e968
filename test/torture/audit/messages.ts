import type { Report } from '../findings.ts'
import type { HouseAtRest } from './house.ts'

interface MessageRow {
  readonly id: string
  readonly name: string
  readonly state: string
}

/** What is due was done, and what will be due has a message that says so. */
export function checkMessages({ rows }: HouseAtRest, report: Report): void {
  // A sweep may be ahead of the message that asks for the same.
  const undone = rows<MessageRow>(
    `SELECT id, name, state FROM message
      WHERE state = 'failed' OR (state IN ('pending', 'leased') AND due_at <= CAST(unixepoch('subsec') * 1000 AS INTEGER)
        AND NOT EXISTS (SELECT 1 FROM blob WHERE blob.id = json_extract(payload, '$.blobId') AND blob.state = 'deleted'))`,
  )
  for (const { id, name, state } of undone) report('message.undone', `${name} ${id} is ${state}`)
  const forgotten = rows<{ id: string }>(
    `SELECT id FROM (SELECT id, purge_message_id, state, trash_root_id FROM file UNION ALL SELECT id, purge_message_id, state, trash_root_id FROM folder)
      WHERE state = 'trashed' AND trash_root_id = id
        AND NOT EXISTS (SELECT 1 FROM message WHERE message.id = purge_message_id AND message.state = 'pending')`,
  )
  for (const { id } of forgotten) report('message.undone', `${id} is in the trash and no message will purge it`)
  const cutOff = rows<{ id: string; state: string }>("SELECT id, state FROM file WHERE state IN ('reserved', 'purging', 'erasing')")
  for (const { id, state } of cutOff) report('message.undone', `${id} is ${state} still`)
}
