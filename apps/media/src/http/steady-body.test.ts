import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { steadyBody } from './steady-body.ts'

const pace = { idleTimeoutMs: 40, minBytesPerSecond: 1_000 }

test('a body that has arrived waits for its reader as long as it takes', async () => {
  const source = new PassThrough()
  const body = steadyBody(source, pace)
  source.end('all of it')
  await sleep(pace.idleTimeoutMs * 5)
  assert.equal(await text(body), 'all of it')
})

test('a reader that is slower than the sender is not held against the sender', async () => {
  const source = new PassThrough()
  const body = steadyBody(source, pace)
  source.end('x'.repeat(500_000))
  await sleep(pace.idleTimeoutMs * 5)
  assert.equal((await text(body)).length, 500_000)
})

test('a sender that stops fails the body and not its source, which can still be answered', async () => {
  const source = new PassThrough()
  const body = steadyBody(source, pace)
  source.write('some')
  await assert.rejects(text(body), { code: 'request.too_slow', kind: 'timed_out' })
  assert.equal(source.destroyed, false)
})

test('while this process is held up nobody is slow', async () => {
  const source = new PassThrough()
  const body = steadyBody(source, pace)
  source.write('some')
  for (let held = 0; held < 3; held++) {
    await nextTurn()
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pace.idleTimeoutMs * 3)
  }
  await nextTurn()
  source.end(' more')
  assert.equal(await text(body), 'some more')
})

test('a source that closes early fails the body', async () => {
  const source = new PassThrough()
  const body = steadyBody(source, pace)
  source.write('some')
  source.destroy()
  await assert.rejects(text(body), { code: 'request.aborted' })
})

test('a source that closed before anybody looked fails the body at once', async () => {
  const source = new PassThrough()
  source.write('some')
  source.destroy()
  await sleep(1)
  const body = steadyBody(source, { ...pace, idleTimeoutMs: 60_000 })
  await assert.rejects(text(body), { code: 'request.aborted' })
})
