import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../log.ts'
import { createLink } from './link.ts'

const server = process.env['HOLDFAST_TEST_AMQP_URL']

test('what was opened after a node that could not be used is kept, and closed', {
  skip: server === undefined && 'no HOLDFAST_TEST_AMQP_URL',
}, async () => {
  const [url = ''] = server?.split(',') ?? []
  let nodes = 0
  const prepare = async () => {
    nodes += 1
    if (nodes === 1) throw new Error('too late')
    // By then the first one has told that it is closed.
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  const link = createLink({ urls: [url, url], name: 'test', prepare, log: silentLog })
  const connection = await link.open()
  assert.equal(await link.open(), connection)
  const closed = new Promise((resolve) => connection.once('close', resolve))
  await link[Symbol.asyncDispose]()
  await closed
  assert.equal(nodes, 2)
})
