import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessengerError } from '../messenger-error.ts'
import { parseBrokerUrl } from './broker-address.ts'

test('an address is taken as it is, with a heartbeat; what is wrong with one is told without any of it', () => {
  assert.deepEqual(parseBrokerUrl('amqp://app:x@one:5673/media'), { url: 'amqp://app:x@one:5673/media?heartbeat=3', socket: {} })
  const { url, socket } = parseBrokerUrl(`amqps://app:x@one/media?heartbeat=9&cacertfile=${import.meta.filename}`)
  assert.deepEqual([url, socket.ca?.slice(0, 6)], ['amqps://app:x@one/media?heartbeat=9', 'import'])
  for (const wrong of ['canary', 'http://canary', 'amqp://canary?cacertfile=/canary', 'amqps://canary?cacertfile=/nowhere/canary']) {
    const isTold = (error: unknown) => error instanceof MessengerError && !error.message.includes('canary')
    assert.throws(() => parseBrokerUrl(wrong), isTold, wrong)
  }
})
