import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { onFreePorts } from './free-ports.ts'

test('starts on other ports where somebody was there first, and says what else went wrong', async () => {
  const somebody = createServer()
  const tried: number[] = []
  const port = await onFreePorts(1, async ([port = 0]) => {
    tried.push(port)
    if (tried.length > 1) return port
    somebody.listen(port, '127.0.0.1')
    await once(somebody, 'listening')
    throw new Error('the port is taken')
  })
  somebody.close()
  assert.equal(tried.length, 2)
  assert.equal(port, tried[1])
  await assert.rejects(
    onFreePorts(2, async () => {
      throw new Error('no such program')
    }),
    /no such program/,
  )
})
