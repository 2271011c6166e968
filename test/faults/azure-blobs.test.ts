import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { before, describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { azureBlobs } from '../../apps/media/src/adapters/azure-blobs/azure-blobs.ts'
import { openContainer } from '../../apps/media/src/adapters/azure-blobs/azure-container.ts'
import { Failure } from '../../apps/media/src/kernel/failure.ts'
import type { BlobStore, StoredKey } from '../../apps/media/src/media/blob-store.ts'
import { type HttpFault, type SeenRequest, startHttpProxy } from './http-proxy.ts'

const url = process.env['HOLDFAST_TEST_AZURE_BLOB_URL']
const skip = url === undefined && 'no HOLDFAST_TEST_AZURE_BLOB_URL'
const { origin, pathname, password } = new URL(url ?? 'http://nowhere')
const container = `faults-${randomUUID()}`
const at = (endpoint: string) =>
  openContainer({ endpoint, container, sasToken: undefined, accountKey: decodeURIComponent(password), identity: {} })

const never = new AbortController().signal
const small = Buffer.from('small')
/** Of several blocks. */
const large = randomBytes(2_000_000)

async function* chunks(bytes: Uint8Array) {
  for (let from = 0; from < bytes.length; from += 65_536) yield Uint8Array.from(bytes.subarray(from, from + 65_536))
}

async function listAll(blobs: BlobStore): Promise<StoredKey[]> {
  const listed: StoredKey[] = []
  for await (const stored of blobs.list()) listed.push(stored)
  return listed
}

const status = (code: number, errorCode?: string, retryAfter?: string): HttpFault => ({
  kind: 'status',
  status: code,
  headers: { ...(errorCode && { 'x-ms-error-code': errorCode }), ...(retryAfter && { 'retry-after': retryAfter }) },
})

/** What is spoiled the first time only. */
const firstOf = (fault: HttpFault, of: (request: SeenRequest) => boolean) => {
  let left = 1
  return (request: SeenRequest) => (of(request) && left-- > 0 ? fault : undefined)
}

/** The last request of a put: what makes its key readable. */
const commits = ({ method, path }: SeenRequest) => method === 'PUT' && !/comp=block(&|$)/.test(path)

async function openStore(t: TestContext) {
  const proxy = await startHttpProxy(`${origin}${pathname}`)
  t.after(() => proxy[Symbol.asyncDispose]())
  const kept = `ab/${randomUUID()}`
  const [blobs, direct] = [azureBlobs(at(proxy.url)), azureBlobs(at(`${origin}${pathname}`))]
  await direct.put(kept, chunks(large), never)
  const read = async (key: string) => Buffer.concat(await (await direct.open(key)).toArray())
  return { proxy, blobs, direct, kept, read, newKey: () => `cd/${randomUUID()}` }
}

const unavailable = (reason?: unknown) => (error: unknown) => {
  assert.ok(error instanceof Failure, String(error))
  assert.deepEqual([error.kind, error.code], ['unavailable', 'storage.unavailable'])
  assert.ok(error.retryAfterSeconds !== undefined && error.retryAfterSeconds > 0)
  if (reason !== undefined) assert.equal(error.extra['status'], reason)
  return true
}

describe('Azure over a bad network', { skip }, () => {
  before(async () => void (await at(`${origin}${pathname}`).create()))

  for (const code of [403, 409, 412, 429, 500, 503]) {
    it(`tells a ${code} that stays as a store that is unavailable, whatever was asked, and keeps nothing of a put`, async (t) => {
      const { proxy, blobs, direct, kept, newKey } = await openStore(t)
      proxy.spoil(() => status(code))
      const keys = [newKey(), newKey()] as const
      await Promise.all([
        assert.rejects(blobs.put(keys[0], chunks(small), never), unavailable(code)),
        assert.rejects(blobs.put(keys[1], chunks(large), never), unavailable(code)),
        assert.rejects(blobs.open(kept), unavailable(code)),
        assert.rejects(blobs.size(kept), unavailable(code)),
        assert.rejects(blobs.delete(kept), unavailable(code)),
        assert.rejects(listAll(blobs), unavailable(code)),
      ])
      for (const key of keys) assert.equal(await direct.size(key), undefined)
      assert.equal(await direct.size(kept), large.length)
    })
  }

  it('passes on how long the store wants to be left alone', async (t) => {
    const { proxy, blobs, kept } = await openStore(t)
    proxy.spoil(() => status(429, 'TooManyRequests', '7'))
    await assert.rejects(blobs.size(kept), (error: Failure) => error.retryAfterSeconds === 7)
  })

  const passing: Readonly<Record<string, HttpFault>> = {
    ...{ 'a 500': status(500), 'a 503': status(503), 'a reset': { kind: 'reset' } },
    ...{ 'a 429': status(429), 'a 429 for a second': status(429, 'TooManyRequests', '1') },
  }
  for (const [name, fault] of Object.entries(passing)) {
    it(`gets over ${name} that passes`, async (t) => {
      const { proxy, blobs, kept, newKey, read } = await openStore(t)
      const any = () => true
      const key = newKey()
      proxy.spoil(firstOf(fault, any))
      await blobs.put(key, chunks(large), never)
      assert.deepEqual(await read(key), large)
      proxy.spoil(firstOf(fault, any))
      assert.equal(await blobs.size(kept), large.length)
      proxy.spoil(firstOf(fault, any))
      assert.deepEqual(Buffer.concat(await (await blobs.open(kept)).toArray()), large)
      proxy.spoil(firstOf(fault, any))
      await blobs.delete(key)
      assert.deepEqual([await blobs.size(key), proxy.spoiled], [undefined, 4])
    })
  }

  for (const [name, bytes] of Object.entries({ 'one call': small, blocks: large })) {
    it(`knows its own put in ${name} again where the answer was lost`, async (t) => {
      const { proxy, blobs, newKey, read } = await openStore(t)
      const key = newKey()
      proxy.spoil(firstOf({ kind: 'lost answer' }, commits))
      await blobs.put(key, chunks(bytes), never)
      assert.deepEqual(await read(key), bytes)
      proxy.spoil(firstOf({ kind: 'lost answer' }, commits))
      await assert.rejects(blobs.put(key, chunks(bytes), never), /used twice/)
      assert.deepEqual(await read(key), bytes)
    })
  }

  it('takes a blob that an earlier try has deleted for deleted', async (t) => {
    const { proxy, blobs, direct, kept } = await openStore(t)
    proxy.spoil(firstOf({ kind: 'lost answer' }, ({ method }) => method === 'DELETE'))
    await blobs.delete(kept)
    assert.deepEqual([proxy.spoiled, await direct.size(kept)], [1, undefined])
  })

  it('goes on where a body broke off, and says so where there is no more', async (t) => {
    const { proxy, blobs, kept } = await openStore(t)
    const isGet = ({ method }: SeenRequest) => method === 'GET'
    proxy.spoil(firstOf({ kind: 'half body', bytes: 900_000 }, isGet))
    assert.deepEqual(Buffer.concat(await (await blobs.open(kept)).toArray()), large)
    proxy.spoil(firstOf({ kind: 'half body', bytes: 1_000 }, isGet))
    const part = await blobs.open(kept, { start: 500_000, end: 1_499_999 })
    assert.deepEqual(Buffer.concat(await part.toArray()), large.subarray(500_000, 1_500_000))
    let asked = 0
    proxy.spoil(() => (asked++ === 0 ? { kind: 'half body', bytes: 1_000 } : status(503)))
    await assert.rejects(async () => (await blobs.open(kept)).toArray(), unavailable(503))
  })

  it('ends a put at its signal also where nothing is answered, and keeps nothing of it', async (t) => {
    const { proxy, blobs, direct, newKey } = await openStore(t)
    for (const bytes of [small, large]) {
      const key = newKey()
      const controller = new AbortController()
      proxy.spoil(({ method }) => {
        setImmediate(() => controller.abort(new Error('enough')))
        return method === 'PUT' ? { kind: 'stall' } : undefined
      })
      await assert.rejects(blobs.put(key, chunks(bytes), controller.signal), /enough/)
      assert.equal(await direct.size(key), undefined)
    }
  })

  it('gives up a call that is never answered', async (t) => {
    const { proxy, blobs, kept } = await openStore(t)
    proxy.spoil(() => ({ kind: 'stall' }))
    t.mock.timers.enable({ apis: ['setTimeout'] })
    for (const call of [() => blobs.size(kept), () => blobs.delete(kept), () => blobs.open(kept), () => listAll(blobs)]) {
      const before = proxy.spoiled
      const rejected = assert.rejects(call(), unavailable())
      while (proxy.spoiled === before) await turn()
      t.mock.timers.tick(60_000)
      await rejected
    }
  })

  it('leaves a connection alone that was idle: a network that was cut may have taken it, and nobody closed it', async (t) => {
    const known = new Set<Socket>()
    const server = createServer({ keepAliveTimeout: 60_000 }, ({ socket }, response) => {
      if (known.has(socket)) return
      known.add(socket)
      response.writeHead(404, { 'x-ms-error-code': 'BlobNotFound' }).end()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    t.after(() => server.close().closeAllConnections())
    const blobs = azureBlobs(at(`http://127.0.0.1:${(server.address() as AddressInfo).port}/holdfast`))
    assert.equal(await blobs.size('ab/nothing'), undefined)
    await sleep(5_500)
    assert.equal(await blobs.size('ab/nothing'), undefined)
    assert.equal(known.size, 2)
  })

  it('gives up a body in which nothing comes any more', async (t) => {
    const { proxy, blobs, kept } = await openStore(t)
    proxy.spoil(() => ({ kind: 'half body', bytes: 1_000, end: 'stall' }))
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const body = await blobs.open(kept)
    const rejected = assert.rejects(body.toArray(), unavailable())
    while (body.readableDidRead === false || body.readableLength > 0) await turn()
    t.mock.timers.tick(60_000)
    await rejected
    assert.equal(proxy.spoiled, 1)
  })
})
