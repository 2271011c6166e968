import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startTcpProxy } from '../../../../../test/faults/tcp-proxy.ts'
import { createElasticSearch } from '../../adapters/elastic-search/elastic-search.ts'
import { openMediaRoom } from '../testing/open-media-room.ts'
import { chooseElasticsearch, openTestIndex } from '../testing/test-index.ts'
import { openWritingHouse } from '../testing/writing-house.ts'
import { checkIndex } from './check-index.ts'
import { fillIndex } from './fill-index.ts'
import { createIndexFollower } from './index-follower.ts'

/** By `HOLDFAST_TEST_REINDEX_FILES=10000` the long form. */
const files = Number(process.env['HOLDFAST_TEST_REINDEX_FILES'] ?? 200)
const silent = { info: () => undefined, warn: () => undefined }

if (chooseElasticsearch()) {
  test(`${files} files are indexed anew while 100 writes a second go on: nothing is missing, nothing comes back`, async (t) => {
    const room = await openMediaRoom(t)
    const { index, remove, refresh } = openTestIndex()
    t.after(remove)
    const house = openWritingHouse(room)
    await house.fill(files)
    await fillIndex({ ...room, index })
    await using follower = createIndexFollower({ ...room, index, log: silent })
    let isFilling = true
    const feed = async () => {
      while (isFilling) await Promise.all([follower.keepUp(), pause(100)])
    }
    const feeding = feed()
    const { writes, tookMs } = await house.writeBeside(100, () => fillIndex({ ...room, index }))
    isFilling = false
    await feeding
    await follower.keepUp()
    await refresh()
    t.diagnostic(`indexed anew in ${Math.round(tookMs)} ms beside ${writes} writes, ${Math.round((writes * 1_000) / tookMs)} a second`)
    assert.deepEqual(await checkIndex({ ...room, index }), { files: house.count(), missing: 0, outdated: 0, surplus: 0, waiting: 0 })
  })

  test('a node that is gone in the middle of a filling, and comes back, leaves what is searched as it was, and the next filling is whole', async (t) => {
    const room = await openMediaRoom(t)
    const { address, index, remove, refresh } = openTestIndex()
    t.after(remove)
    const house = openWritingHouse(room)
    await house.fill(50)
    await fillIndex({ ...room, index })
    await using proxy = await startTcpProxy(address)
    const behind = createElasticSearch(proxy.url)
    const cutOff = async () => {
      await proxy.refuse()
      proxy.reset()
    }
    const beginFilling: typeof behind.beginFilling = async () => {
      const filling = await behind.beginFilling()
      const put: typeof filling.put = async (batch) => {
        const refused = await filling.put(batch)
        await cutOff()
        return refused
      }
      return { ...filling, put }
    }
    await assert.rejects(fillIndex({ ...room, index: { ...behind, beginFilling } }), { code: 'search.unavailable' })
    await refresh()
    assert.equal(await index.count(), 50)
    await proxy.accept()
    await using follower = createIndexFollower({ ...room, index: behind, log: silent })
    await fillIndex({ ...room, index: behind })
    await follower.keepUp()
    await refresh()
    assert.deepEqual(await checkIndex({ ...room, index }), { files: 50, missing: 0, outdated: 0, surplus: 0, waiting: 0 })
    const names = Object.keys(Object(await (await fetch(`${address}-files-*/_alias`)).json()))
    assert.equal(names.length, 1, 'what the first one left is cleared away')
  })
}
