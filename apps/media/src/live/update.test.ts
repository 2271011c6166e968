import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toServerSentEvent } from './update.ts'

test('an update becomes an event of the stream, a line of data for each of its lines', () => {
  const update = { id: 'urn:x', topics: ['/a'], isPrivate: true, data: 'one\r\ntwo\rthree\n' }
  assert.equal(toServerSentEvent(update), 'id: urn:x\ndata: one\ndata: two\ndata: three\ndata: \n\n')
  assert.equal(toServerSentEvent({ ...update, type: 'mercure', data: '' }), 'event: mercure\nid: urn:x\ndata: \n\n')
})
