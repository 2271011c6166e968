import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBroker, whyNoBroker } from './broker.ts'

test('a broker of one’s own forgets what it knew, and lets its user in again', { skip: await whyNoBroker() }, async () => {
  await using broker = await startBroker()
  await broker.ctl('add_vhost', 'known')
  assert.match(await broker.ctl('list_vhosts'), /known/)
  await broker.wipe()
  assert.doesNotMatch(await broker.ctl('list_vhosts'), /known/)
  assert.match(await broker.ctl('list_users'), /holdfast\s+\[administrator\]/)
})
