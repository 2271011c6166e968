import assert from 'node:assert/strict'
import test from 'node:test'
import type { ForeignMessage } from '@holdfast/messenger'
import { userDeleted } from '../media/messages.ts'
import { foreignMessages } from './foreign-messages.ts'

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
