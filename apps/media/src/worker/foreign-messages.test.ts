import assert from 'node:assert/strict'
import test from 'node:test'
import type { ForeignMessage, StoredMessage } from '@holdfast/messenger'
import { userDeleted } from '../media/messages.ts'
import { foreignMessages, toldMessages } from './foreign-messages.ts'

const userId = '01a2065c-f0ce-7bf6-b6b7-a51b444cc4c2'
const foreign = (type: string | null, body: unknown): ForeignMessage => ({
  ...{ lane: 'external', id: 'id-1', correlationId: null, headers: {}, redeliveries: 0 },
  type,
  bytes: Buffer.from(JSON.stringify(body)),
})

const read = (message: ForeignMessage) => foreignMessages.map((reader) => [reader.contract, reader.read(message)])

test('user.deleted is read in both spellings', () => {
  for (const body of [{ userId }, { user_id: userId, more: 1 }]) {
    assert.deepEqual(read(foreign('user.deleted', body)), [[userDeleted, { userId }]])
  }
})

test('another type is none of its business, and what is no object cannot be read', () => {
  assert.deepEqual(read(foreign('user.created', { userId })), [[userDeleted, undefined]])
  assert.throws(() => read(foreign('user.deleted', null)), TypeError)
})

test('what happened to a file is told with its type, its ids and the moment', async () => {
  const event = { type: 'file.trashed', tenantId: userId, fileId: userId, at: 0 }
  const message = { id: 'message-1', correlationId: 'story-1', payload: JSON.stringify(event) } as StoredMessage
  const [form] = await Promise.all(toldMessages.map((told) => told.formOf(message)))
  const body = { ...event, id: 'message-1', at: '1970-01-01T00:00:00.000Z', correlationId: 'story-1' }
  assert.deepEqual(form, { type: 'file.trashed', body })
})
