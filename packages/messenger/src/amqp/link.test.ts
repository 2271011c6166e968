import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChannelModel } from 'amqplib'
import { silentLog } from '../log.ts'
import { createLink } from './link.ts'
import { openProxy } from './test-proxy.ts'

const [url] = process.env['HOLDFAST_TEST_AMQP_URL']?.split(',') ?? []
const skip = url === undefined && 'no HOLDFAST_TEST_AMQP_URL'

const closeOf = (connection: ChannelModel) => new Promise((resolve) => connection.once('close', resolve))

test('a connection that is lost while it is prepared is given up, whatever its preparation still waits for', { skip }, async () => {
  await using proxy = await openProxy(url ?? '')
  let times = 0
  const prepare = async (connection: ChannelModel) => {
    times += 1
    const channel = await connection.createChannel()
    if (times === 1) {
      proxy.stallAnswers()
      setTimeout(proxy.cut, 100)
    }
    await channel.close()
  }
  await using link = createLink({ urls: [proxy.url], name: 'test', prepare, log: silentLog })
  await assert.rejects(link.open(), { code: 'messenger.broker_unavailable' })
  await link.open()
  assert.equal(times, 2)
})

test('what was opened after a node that could not be used is kept, and closed', { skip }, async () => {
  let nodes = 0
  const prepare = async () => {
    nodes += 1
    if (nodes === 1) throw new Error('too late')
    // By then the first one has told that it is closed.
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  const link = createLink({ urls: [url ?? '', url ?? ''], name: 'test', prepare, log: silentLog })
  const connection = await link.open()
  assert.equal(await link.open(), connection)
  const closed = closeOf(connection)
  await link[Symbol.asyncDispose]()
  await closed
  assert.equal(nodes, 2)
})

test('a node that is silent is left for another within seconds, and come back to', { skip }, async () => {
  await using home = await openProxy(url ?? '')
  const prepare = async () => undefined
  await using link = createLink({ urls: [home.url, url ?? ''], name: 'test', prepare, log: silentLog, homeEveryMs: 50 })
  home.stall()
  const away = await link.open()
  const closed = closeOf(away)
  home.mend()
  await closed
  const back = await link.open()
  assert.notEqual(back, away)
  const lost = closeOf(back)
  home.cut()
  await lost
})
