import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { expectJson } from '../service/client.ts'
import { openHouse } from '../service/house.ts'
import { openHouseSql } from '../service/house-sql.ts'

/** An idle connection is kept for 72 s: an end that waits for it does not come within this. */
const timeout = 60_000
const endedWell = { code: 0, signal: null }

test('an upload that is under way when the process is told to stop is finished', { timeout }, async () => {
  await using house = await openHouse()
  const stopped = Promise.withResolvers<unknown>()
  async function* body() {
    yield Buffer.from('first ')
    await using sql = await openHouseSql(house)
    // It is under way when the service has begun to store it.
    while ((await sql.rows("SELECT id FROM stored_blob WHERE state = 'staging'")).length === 0) await pause(20)
    stopped.resolve(house.process.stop())
    await pause(500)
    yield Buffer.from('second')
  }
  const reply = await house.administrator.send({ method: 'POST', path: '/v1/files?name=late.txt', body: body() })
  assert.equal(expectJson<{ size: number }>(reply, 201).size, 'first second'.length)
  assert.deepEqual(await stopped.promise, endedWell)
})

test('a connection that becomes idle after the process was told to stop holds nobody up', { timeout }, async () => {
  await using house = await openHouse()
  const bytes = Buffer.alloc(64 * 1024 * 1024, 'x')
  const { id } = expectJson<{ id: string }>(await house.administrator.upload('large.bin', bytes), 201)
  const headers = { authorization: `Bearer ${house.account.apiKey}` }
  using agent = new DisposableAgent({ keepAlive: true })
  const outgoing = request(`${house.process.url}/v1/files/${id}/content`, { headers, agent }).end()
  const [incoming] = await once(outgoing, 'response')
  const stopped = house.process.stop()
  await pause(500)
  assert.equal((await buffer(incoming)).length, bytes.length)
  assert.deepEqual(await stopped, endedWell)
})

class DisposableAgent extends Agent implements Disposable {
  [Symbol.dispose]() {
    this.destroy()
  }
}

test('what is not finished within the grace is cut off', { timeout }, async () => {
  await using house = await openHouse({ SHUTDOWN_GRACE_SECONDS: '1' })
  const stopped = Promise.withResolvers<unknown>()
  async function* endless() {
    yield Buffer.alloc(100_000)
    stopped.resolve(house.process.stop())
    for (;;) {
      yield Buffer.alloc(10_000)
      await pause(50)
    }
  }
  await assert.rejects(
    house.administrator.send({ method: 'POST', path: '/v1/files?name=endless', body: endless(), timeoutMs: 2 * timeout }),
  )
  assert.deepEqual(await stopped.promise, endedWell)
})
