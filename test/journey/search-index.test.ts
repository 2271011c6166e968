import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openTestIndex } from '../../apps/media/src/media/testing/test-index.ts'
import { startTcpProxy } from '../faults/tcp-proxy.ts'
import { type Client, expectJson } from '../service/client.ts'
import { openHouse } from '../service/house.ts'
import { untilPartIs } from '../service/readiness.ts'
import { namesAt, tellLoad, underLoad } from '../service/under-load.ts'

const skip = process.env['HOLDFAST_TEST_ELASTICSEARCH_URL'] === undefined && 'no HOLDFAST_TEST_ELASTICSEARCH_URL'

async function untilSearchIs(client: Client, status: string): Promise<void> {
  assert.equal((await untilPartIs(client, 'search', status)).required, false)
}

/** The index may be a second behind. */
async function untilFound(find: () => Promise<string[]>): Promise<string[]> {
  for (;;) {
    const names = await find()
    if (names.length > 0) return names
    await pause(50)
  }
}

test('the index cut off, stalled and slow under load: nothing fails, who wrote finds it, and it is in step by itself', {
  skip,
}, async (t) => {
  const { address, index, remove } = openTestIndex()
  await using closing = new AsyncDisposableStack()
  closing.defer(remove)
  const proxy = closing.use(await startTcpProxy(address))
  const house = closing.use(await openHouse({ SEARCH_URL: proxy.url }))
  const { administrator } = house
  await untilSearchIs(administrator, 'up')
  const cutOff = async () => {
    await proxy.refuse()
    proxy.reset()
  }
  const faults = {
    none: [() => undefined, () => undefined],
    'cut off': [cutOff, proxy.accept],
    stalled: [() => proxy.stall(), () => proxy.resume()],
    slow: [() => proxy.delay(300), () => proxy.resume()],
  } as const
  for (const [fault, [begin, end]] of Object.entries(faults)) {
    await begin()
    const name = `${fault} ${crypto.randomUUID()}`
    const { id } = expectJson<{ id: string }>(await administrator.upload(name, Buffer.from('bytes')), 201)
    const find = () => namesAt(administrator, `/v1/search?q=${encodeURIComponent(name)}`)
    tellLoad(t, fault, await underLoad(administrator, 1_500, find))
    if (fault === 'cut off' || fault === 'stalled') await untilSearchIs(administrator, 'down')
    assert.deepEqual(await untilFound(find), [name])
    await end()
    await untilSearchIs(administrator, 'up')
    while (!(await index.revisionsOf([id])).has(id)) await pause(50)
    assert.deepEqual(await untilFound(find), [name])
  }
})
