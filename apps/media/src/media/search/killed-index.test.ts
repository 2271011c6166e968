import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startElasticsearch, whyNoElasticsearch } from '../../../../../tools/servers/elasticsearch.ts'
import { Failure } from '../../kernel/failure.ts'
import { type MediaRoom, openMediaRoom } from '../testing/open-media-room.ts'
import { chooseNode, openTestIndex } from '../testing/test-index.ts'
import { openWritingHouse } from '../testing/writing-house.ts'
import { checkIndex } from './check-index.ts'
import { type FillDeps, fillIndex } from './fill-index.ts'
import { createIndexFollower, type FollowerDeps } from './index-follower.ts'
import { restAfterFailure } from './rest-after-failure.ts'
import { searchFiles } from './search-files.ts'
import type { SearchIndex } from './search-index.ts'

const silent = { info: () => undefined, warn: () => undefined }
const [files, writesASecond] = [200, 10]

/** Again and again: what changed is told, and what is there is searched for. Nothing of it may fail. */
function followAndSearch(room: MediaRoom, deps: FollowerDeps) {
  const find = restAfterFailure(deps.index.find, { now: Date.now, log: silent, observe: () => undefined, observeRest: () => undefined })
  const follower = createIndexFollower(deps)
  let isOver = false
  let searches = 0
  const untilOver = async (work: () => Promise<unknown>) => {
    while (!isOver) await Promise.all([work(), pause(50)])
  }
  const search = async () => {
    const { items } = await searchFiles({ ...room, index: { find } }, room.alice, 'harbour', {}, { limit: 20 })
    assert.equal(items.length, 20)
    searches += 1
  }
  const running = Promise.all([untilOver(follower.keepUp), untilOver(search)])
  return {
    searches: () => searches,
    /** After all is told. */
    end: async () => {
      isOver = true
      await running
      await follower.keepUp()
      await follower[Symbol.asyncDispose]()
    },
  }
}

/** The node dies while the bulk of a filling is on its way. */
const dyingInBulk = (index: SearchIndex, die: () => Promise<void>): SearchIndex => ({
  ...index,
  beginFilling: async () => {
    const filling = await index.beginFilling()
    return { ...filling, put: async (batch) => (await Promise.all([filling.put(batch), die()]))[0] }
  },
})

/** Again where a busy node does not answer in time. */
async function fill(deps: FillDeps): Promise<void> {
  for (;;) {
    try {
      await fillIndex(deps)
      return
    } catch (error) {
      if (!(error instanceof Failure)) throw error
    }
  }
}

test('a node that is killed in the middle of a filling: uploads and searches go on, and it is in step by itself when it is back', {
  skip: await whyNoElasticsearch(),
}, async (t) => {
  const node = await startElasticsearch()
  chooseNode(node.url)
  const room = await openMediaRoom(t)
  // After what the room still asks of it.
  t.after(() => node[Symbol.asyncDispose]())
  const { address, index, refresh } = openTestIndex()
  const house = openWritingHouse(room)
  await house.fill(files)
  await fill({ ...room, index })
  await using closing = new AsyncDisposableStack()
  const others = followAndSearch(room, { ...room, index, log: silent })
  closing.defer(others.end)
  let isDead = false
  const dying = dyingInBulk(index, async () => {
    await node.kill()
    isDead = true
  })
  const { writes } = await house.writeBeside(writesASecond, async () => {
    while (!isDead) await assert.rejects(fillIndex({ ...room, index: dying }), { code: 'search.unavailable' })
    const before = others.searches()
    while (others.searches() < before + 20) await pause(50)
    await assert.rejects(index.count(), { code: 'search.unavailable' })
    await node.start()
  })
  await closing.disposeAsync()
  await refresh()
  const inStep = { files: house.count(), missing: 0, outdated: 0, surplus: 0, waiting: 0 }
  assert.deepEqual(await checkIndex({ ...room, index }), inStep)
  await fill({ ...room, index })
  assert.deepEqual(await checkIndex({ ...room, index }), inStep)
  const names = Object.keys(Object(await (await fetch(`${address}-files-*/_alias`)).json()))
  assert.equal(names.length, 1, 'what the first one left is cleared away')
  t.diagnostic(`${writes} writes and ${others.searches()} searches meanwhile, none failed`)
})
