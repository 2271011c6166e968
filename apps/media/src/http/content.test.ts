import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from './test-server.ts'

const content = '0123456789'

async function openContentServer(t: Parameters<typeof startTestServer>[0]) {
  const { app, auth } = await startTestServer(t)
  const uploaded = await app.inject({
    method: 'POST',
    url: '/v1/files?name=n%C3%A4me.txt',
    headers: { ...auth, 'content-type': 'text/plain' },
    payload: content,
  })
  const file = uploaded.json()
  const get = (headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
    app.inject({ method, url: `/v1/files/${file.id}/content`, headers: { ...auth, ...headers } })
  return { app, auth, file, get }
}

test('the whole content comes with its size, validators and what keeps a browser safe', async (t) => {
  const { file, get } = await openContentServer(t)
  const { statusCode, body, headers } = await get()
  assert.deepEqual([statusCode, body], [200, content])
  const expected = {
    etag: `"sha256-${file.sha256}"`,
    'last-modified': new Date(file.updatedAt).toUTCString(),
    'content-type': 'text/plain',
    'content-length': '10',
    'content-disposition': `inline; filename="n_me.txt"; filename*=UTF-8''n%C3%A4me.txt`,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(headers[name], value, name)
  const head = await get({ range: 'bytes=0-1' }, 'HEAD')
  assert.deepEqual([head.statusCode, head.body, head.headers['content-length'], head.headers.etag], [200, '', '10', headers.etag])
})

test('ranges are answered as RFC 9110 says', async (t) => {
  const { get, file } = await openContentServer(t)
  const etag = `"sha256-${file.sha256}"`
  const cases: [Record<string, string>, number, string, string | undefined][] = [
    [{ range: 'bytes=2-5' }, 206, '2345', 'bytes 2-5/10'],
    [{ range: 'bytes=7-' }, 206, '789', 'bytes 7-9/10'],
    [{ range: 'bytes=-3' }, 206, '789', 'bytes 7-9/10'],
    [{ range: 'bytes=0-0,2-3' }, 200, content, undefined],
    [{ range: 'nonsense' }, 200, content, undefined],
    [{ range: 'bytes=2-5', 'if-range': etag }, 206, '2345', 'bytes 2-5/10'],
    [{ range: 'bytes=2-5', 'if-range': '"old"' }, 200, content, undefined],
  ]
  for (const [request, status, body, contentRange] of cases) {
    const response = await get(request)
    const got = [response.statusCode, response.body, response.headers['content-range'], response.headers['content-length']]
    assert.deepEqual(got, [status, body, contentRange, String(body.length)], JSON.stringify(request))
  }
  const beyond = await get({ range: 'bytes=10-' })
  const got = [beyond.statusCode, beyond.json().code, beyond.headers['content-range'], beyond.headers['content-disposition']]
  assert.deepEqual(got, [416, 'file.range_unsatisfiable', 'bytes */10', undefined])
})

test('a client that has the bytes is told so, and one that has others too', async (t) => {
  const { get, file } = await openContentServer(t)
  const etag = `"sha256-${file.sha256}"`
  const same = await get({ 'if-none-match': etag })
  assert.deepEqual([same.statusCode, same.body, same.headers.etag, same.headers['content-length']], [304, '', etag, undefined])
  assert.match(String(same.headers['x-correlation-id']), /^[\w-]{36}$/)
  assert.equal((await get({ 'if-modified-since': new Date(file.updatedAt).toUTCString() })).statusCode, 304)
  assert.equal((await get({ 'if-none-match': '"other"' })).statusCode, 200)
  assert.equal((await get({ 'if-match': '"other"' })).json().code, 'file.precondition_failed')
})

test('content of a trashed file is not there', async (t) => {
  const { app, auth, file, get } = await openContentServer(t)
  const trash = () => app.inject({ method: 'DELETE', url: `/v1/files/${file.id}`, headers: auth })
  const trashed = await trash()
  assert.deepEqual([trashed.statusCode, trashed.json().state, typeof trashed.json().purgeAt], [202, 'trashed', 'string'])
  assert.equal((await trash()).statusCode, 204)
  assert.deepEqual([(await get()).statusCode, (await get({}, 'HEAD')).statusCode], [404, 404])
  assert.equal((await app.inject({ method: 'POST', url: `/v1/files/${file.id}/restore`, headers: auth })).statusCode, 200)
  assert.equal((await get()).body, content)
})
