import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'

const { HOLDFAST_TEST_MYSQL_URL: mysql, HOLDFAST_TEST_AMQP_URL: amqp, HOLDFAST_TEST_RABBITMQ_API_URL: api } = process.env

async function firstWords(address: string, hello: string): Promise<string> {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  socket.write(hello)
  const [words] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return words.toString('latin1')
}

test('the database says which version of which protocol it speaks', {
  skip: mysql === undefined && 'no HOLDFAST_TEST_MYSQL_URL',
}, async () => {
  const [, , , , protocol] = await firstWords(mysql ?? '', '')
  assert.equal(protocol, '\x0a')
})

test('the broker opens a connection', { skip: amqp === undefined && 'no HOLDFAST_TEST_AMQP_URL' }, async () => {
  assert.match(await firstWords(amqp ?? '', 'AMQP\0\0\x09\x01'), /cluster_name/)
})

test("the broker's management API lets its user in", { skip: api === undefined && 'no HOLDFAST_TEST_RABBITMQ_API_URL' }, async () => {
  const { username, password, origin } = new URL(api ?? '')
  const answer = await fetch(`${origin}/api/whoami`, { headers: { authorization: `Basic ${btoa(`${username}:${password}`)}` } })
  assert.deepEqual(((await answer.json()) as { tags: unknown }).tags, ['administrator'])
})
