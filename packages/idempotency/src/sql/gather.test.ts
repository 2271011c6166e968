import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gather } from './gather.ts'

function recording() {
  const calls: string[][] = []
  const find = gather(async (ids) => {
    calls.push([...ids])
    return [...new Set(ids)].filter((id) => !id.startsWith('no')).map((id) => ({ id }))
  })
  return { calls, find }
}

test('what one turn asks for is one call, and each gets its own row', async () => {
  const { calls, find } = recording()
  const found = await Promise.all(['a', 'none', 'b', 'a'].map(find))
  assert.deepEqual(found, [{ id: 'a' }, undefined, { id: 'b' }, { id: 'a' }])
  assert.deepEqual(calls, [['a', 'none', 'b', 'b']])
  assert.deepEqual(await find('c'), { id: 'c' })
  assert.deepEqual(calls[1], ['c'])
})

test('calls are of a bounded size, a power of two', async () => {
  const { calls, find } = recording()
  const ids = Array.from({ length: 300 }, (_, at) => `id ${at}`)
  assert.deepEqual(
    await Promise.all(ids.map(find)),
    ids.map((id) => ({ id })),
  )
  assert.deepEqual(
    calls.map(({ length }) => length),
    [128, 128, 64],
  )
})

test('who asked hears the error, and the next ask is made anew', async () => {
  let isDown = true
  const find = gather(async (ids) => {
    if (isDown) throw new Error('down')
    return ids.map((id) => ({ id }))
  })
  for (const outcome of await Promise.allSettled(['a', 'b'].map(find))) assert.equal(outcome.status, 'rejected')
  isDown = false
  assert.deepEqual(await find('a'), { id: 'a' })
})
