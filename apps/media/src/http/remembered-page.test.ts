import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInProcessCache } from '../adapters/in-process/in-process-cache.ts'
import type { Cache } from '../kernel/cache.ts'
import { startTestServer } from './test-server.ts'

function countingCache() {
  const cache = createInProcessCache()
  const counts = { found: 0, made: 0 }
  const counting: Cache = {
    get: async (key) => {
      const text = await cache.get(key)
      counts[text === undefined ? 'made' : 'found'] += 1
      return text
    },
    put: cache.put,
  }
  return { cache: counting, counts }
}

async function openHouse(t: Parameters<typeof startTestServer>[0]) {
  const { cache, counts } = countingCache()
  const server = await startTestServer(t, { cache })
  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'PUT', url: string, payload?: object, headers = server.auth) => {
    const response = await server.app.inject({ method, url, headers, ...(payload !== undefined && { payload }) })
    return { status: response.statusCode, type: response.headers['content-type'], body: response.body, json: () => response.json() }
  }
  return { ...server, call, counts }
}

test('a page is made once and found from then on, until something in that folder changes', async (t) => {
  const { call, counts } = await openHouse(t)
  const { id } = (await call('POST', '/v1/folders', { name: 'one' })).json()
  const listings = [`/v1/folders/${id}/children`, '/v1/folders/root/children', `/v1/files?folder=${id}`, '/v1/folders?parent=root&limit=7']
  for (const url of listings) {
    const made = await call('GET', url)
    assert.deepEqual(await call('GET', url).then(({ body, type }) => [body, type]), [made.body, made.type], url)
  }
  assert.deepEqual(counts, { made: 4, found: 4 })
  await call('POST', '/v1/folders', { name: 'two', parentId: id })
  assert.equal((await call('GET', `/v1/folders/${id}/children`)).json().items.length, 1)
  assert.deepEqual(counts, { made: 5, found: 4 })
  await call('GET', '/v1/folders/root/children')
  assert.deepEqual(counts, { made: 5, found: 5 }, 'another folder is as it was')
  await call('GET', '/v1/files')
  await call('GET', `/v1/folders/${crypto.randomUUID()}/children`)
  await call('GET', `/v1/folders/${crypto.randomUUID()}/children`)
  assert.deepEqual(counts, { made: 7, found: 5 }, 'nothing is kept of all files, or of what failed')
})

test('nobody finds what another may see, or what they may see no longer', async (t) => {
  const { app, auth, call } = await openHouse(t)
  const email = 'viewer@tenant.example'
  const password = 'correct horse battery staple'
  const user = (await call('POST', '/v1/users', { email, name: 'Viewer', roles: ['viewer'], password })).json()
  const { accessToken } = (await app.inject({ method: 'POST', url: '/v1/tokens', payload: { email, password } })).json()
  const viewer = { authorization: `Bearer ${accessToken}` }
  const { id } = (await call('POST', '/v1/folders', { name: 'secret' })).json()
  await call('POST', '/v1/folders', { name: 'inside', parentId: id })
  const look = async (headers: typeof auth) => {
    const children = await call('GET', `/v1/folders/${id}/children`, undefined, headers)
    const top = await call('GET', '/v1/folders/root/children', undefined, headers)
    return [children.status, top.status === 200 ? top.json().items.length : top.status]
  }
  const lookTwice = async (headers: typeof auth) => [await look(headers), await look(headers)]
  assert.deepEqual([await lookTwice(auth), await lookTwice(viewer)], [Array(2).fill([200, 1]), Array(2).fill([200, 1])])
  await call('PATCH', `/v1/folders/${id}`, { private: true })
  assert.deepEqual([await lookTwice(auth), await lookTwice(viewer)], [Array(2).fill([200, 1]), Array(2).fill([404, 0])])
  await call('PATCH', `/v1/folders/${id}`, { private: false })
  assert.deepEqual(await lookTwice(viewer), Array(2).fill([200, 1]))
  assert.equal((await call('PUT', `/v1/users/${user.id}/roles`, { roles: ['ops'] })).status, 200)
  assert.deepEqual(await lookTwice(viewer), Array(2).fill([403, 403]))
})
