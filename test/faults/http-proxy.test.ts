import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type HttpFault, startHttpProxy } from './http-proxy.ts'

async function openProxy(t: TestContext) {
  const heard: string[] = []
  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url}`)
    request.pipe(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await startHttpProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}/base`)
  t.after(async () => {
    await proxy[Symbol.asyncDispose]()
    server.close()
  })
  const send = (signal?: AbortSignal) => fetch(`${proxy.url}/x?y=1`, { method: 'PUT', body: 'x'.repeat(1_000), ...(signal && { signal }) })
  return { proxy, heard, send }
}

test('what is not spoiled is passed on, both ways', async (t) => {
  const { proxy, heard, send } = await openProxy(t)
  assert.equal((await (await send()).text()).length, 1_000)
  assert.deepEqual(heard, ['PUT /base/x?y=1'])
  assert.equal(proxy.spoiled, 0)
})

test('a status is answered in the stead of the server', async (t) => {
  const { proxy, heard, send } = await openProxy(t)
  proxy.spoil(({ method }) => (method === 'PUT' ? { kind: 'status', status: 429, headers: { 'retry-after': '7' } } : undefined))
  const { status, headers } = await send()
  assert.deepEqual([status, headers.get('retry-after'), heard, proxy.spoiled], [429, '7', [], 1])
})

test('a reset comes before the server hears of it, a lost answer afterwards, and half a body in its middle', async (t) => {
  const { proxy, heard, send } = await openProxy(t)
  const spoil = (fault: HttpFault) => proxy.spoil(() => fault)
  spoil({ kind: 'reset' })
  await assert.rejects(send())
  assert.equal(heard.length, 0)
  spoil({ kind: 'lost answer' })
  await assert.rejects(send())
  assert.equal(heard.length, 1)
  spoil({ kind: 'half body', bytes: 500 })
  const response = await send()
  assert.equal(response.status, 200)
  await assert.rejects(response.arrayBuffer())
})

test('a stall ends with whoever waits', async (t) => {
  const { proxy, heard, send } = await openProxy(t)
  proxy.spoil(() => ({ kind: 'stall' }))
  await assert.rejects(send(AbortSignal.timeout(50)), { name: 'TimeoutError' })
  assert.deepEqual(heard, [])
  proxy.spoil(() => ({ kind: 'half body', bytes: 500, end: 'stall' }))
  const waiting = new AbortController()
  const body = (await send(waiting.signal)).body?.getReader()
  assert.equal((await body?.read())?.value?.length, 500)
  const more = assert.rejects(async () => body?.read(), { name: 'AbortError' })
  waiting.abort()
  await more
})
