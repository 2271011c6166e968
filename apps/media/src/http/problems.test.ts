import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { problemSchema } from './document.ts'
import { listen, startTestServer } from './test-server.ts'

test('whatever is wrong with a request is a problem with a stable code and the correlation id', async (t) => {
  const { app, auth } = await startTestServer(t)
  const json = { ...auth, 'content-type': 'application/json' }
  const folders = { method: 'POST', url: '/v1/folders' } as const
  const cases: [InjectOptions, number, string][] = [
    [{ url: '/v1/files' }, 401, 'auth.credentials_missing'],
    [{ url: '/v1/files', headers: { authorization: 'Basic eDp5' } }, 401, 'auth.credentials_missing'],
    [{ url: '/v1/files', headers: { authorization: 'Bearer nonsense' } }, 401, 'auth.credentials_invalid'],
    [{ url: '/nowhere' }, 404, 'route.unknown'],
    [{ method: 'POST', url: '/nowhere', headers: { 'content-type': 'x/y' }, payload: 'x' }, 404, 'route.unknown'],
    [{ method: 'PUT', url: '/v1/files', headers: { 'content-type': 'x/y' }, payload: 'x' }, 405, 'method.not_allowed'],
    [{ method: 'POST', url: '/livez' }, 405, 'method.not_allowed'],
    [{ ...folders, headers: json, payload: '{"name":' }, 400, 'request.body_malformed'],
    [{ ...folders, headers: json, payload: '{"name":"a","__proto__":{}}' }, 400, 'request.body_malformed'],
    [{ ...folders, headers: json }, 400, 'request.invalid'],
    [{ ...folders, headers: json, payload: '{"name":42}' }, 400, 'request.invalid'],
    [{ ...folders, headers: json, payload: '{"name":"a","more":1}' }, 400, 'request.invalid'],
    [{ ...folders, headers: json, payload: '[]' }, 400, 'request.invalid'],
    [{ ...folders, headers: json, payload: '{"name":"../a"}' }, 422, 'name.invalid'],
    [{ ...folders, headers: json, payload: JSON.stringify({ name: 'a'.repeat(1024 * 1024) }) }, 413, 'request.body_too_large'],
    [{ ...folders, headers: { ...auth, 'content-type': 'text/plain' }, payload: 'a' }, 415, 'request.media_type_unsupported'],
    [{ ...folders, headers: { ...json, 'idempotency-key': 'two words' }, payload: '{"name":"a"}' }, 400, 'idempotency.key_malformed'],
    [{ url: '/v1/files?limit=abc', headers: auth }, 400, 'request.invalid'],
    [{ url: '/v1/files?limit=0', headers: auth }, 400, 'request.invalid'],
    [{ url: '/v1/files?limit=1001', headers: auth }, 400, 'request.invalid'],
    [{ url: '/v1/files?limit=1&limit=2', headers: auth }, 400, 'request.invalid'],
    [{ url: '/v1/files?unknown=1', headers: auth }, 400, 'request.invalid'],
    [{ url: '/v1/files?cursor=nonsense', headers: auth }, 400, 'request.cursor_invalid'],
    [{ url: '/v1/ops/failed?cursor=nonsense', headers: auth }, 400, 'request.cursor_invalid'],
    [{ url: '/v1/files/nonsense', headers: auth }, 400, 'request.invalid'],
    [{ url: '/v1/files/00000000-0000-4000-8000-000000000000', headers: auth }, 404, 'file.unknown'],
    [{ url: '/errors/nonsense' }, 404, 'route.unknown'],
    [{ method: 'DELETE', url: '/v1/tokens', headers: auth }, 409, 'auth.no_session'],
    [{ method: 'POST', url: '/v1/tokens', payload: { email: 'a', password: 'secret-1' } }, 401, 'auth.credentials_invalid'],
    [{ method: 'POST', url: '/v1/tokens', payload: { email: 1, password: ['secret-2'] } }, 400, 'request.invalid'],
  ]
  for (const [request, status, code] of cases) {
    const response = await app.inject(request)
    const problem = problemSchema.parse(response.json())
    assert.deepEqual([response.statusCode, problem.status, problem.code], [status, status, code], JSON.stringify(request).slice(0, 200))
    assert.equal(response.headers['content-type'], 'application/problem+json; charset=utf-8')
    assert.equal(response.headers['x-correlation-id'], problem.correlationId)
    assert.ok(!/secret-\d|nonsense/.test(response.body), response.body)
  }
})

test('401 says how to log in, 405 what is allowed, and OPTIONS too', async (t) => {
  const { app } = await startTestServer(t)
  assert.equal((await app.inject({ url: '/v1/me' })).headers['www-authenticate'], 'Bearer realm="holdfast"')
  const invalid = await app.inject({ url: '/v1/me', headers: { authorization: 'Bearer hf_nonsense' } })
  assert.equal(invalid.headers['www-authenticate'], 'Bearer realm="holdfast", error="invalid_token"')
  assert.equal((await app.inject({ method: 'DELETE', url: '/v1/folders' })).headers.allow, 'GET, HEAD, POST, OPTIONS')
  const options = await app.inject({ method: 'OPTIONS', url: '/v1/folders' })
  assert.deepEqual([options.statusCode, options.headers.allow], [204, 'GET, HEAD, POST, OPTIONS'])
})

test('a failure that nobody foresaw tells nothing of itself, and is logged with its stack and no query', async (t) => {
  const { app, auth, lines } = await startTestServer(t, {
    messages: {
      stats: async () => {
        throw new Error('the inner workings')
      },
      failed: { list: async () => ({ items: [], next: null }), show: async () => undefined },
      schedule: { list: async () => ({ items: [], next: null }), show: async () => undefined },
    },
  })
  const response = await app.inject({ url: '/v1/ops/messages?token=planted-secret', headers: auth })
  assert.equal(response.statusCode, 500)
  assert.equal(response.json().code, 'internal')
  assert.ok(!response.body.includes('inner workings'))
  const log = JSON.stringify(lines)
  assert.match(log, /the inner workings.*problems\.test\.ts/)
  assert.ok(!log.includes('planted-secret'))
  const line = lines.find(({ msg }) => msg === 'request')
  assert.deepEqual([line?.['method'], line?.['route'], line?.['status']], ['GET', '/v1/ops/messages', 500])
})

test('a database that is down is 503 with Retry-After', async (t) => {
  const { app } = await startTestServer(t, {
    authenticate: async () => {
      throw Object.assign(new Error('the database is unavailable (SQLITE_FULL)'), { name: 'DatabaseUnavailable' })
    },
  })
  const response = await app.inject({ url: '/v1/me', headers: { authorization: 'Bearer x' } })
  assert.deepEqual([response.statusCode, response.json().code, response.headers['retry-after']], [503, 'database.unavailable', '5'])
})

test('what is hardly HTTP is answered as a problem too', async (t) => {
  const { app } = await startTestServer(t)
  const port = await listen(app)
  const cases: [string, number, string][] = [
    ['nonsense\r\n\r\n', 400, 'request.malformed'],
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'request.headers_too_large'],
    ['GET /v1/files/%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400, 'request.url_malformed'],
    [`GET /v1/files/${'a'.repeat(3_000)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 404, 'route.unknown'],
  ]
  for (const [request, status, code] of cases) {
    const socket = connect(port, '127.0.0.1')
    socket.write(request)
    const answer = await text(socket)
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `))
    const problem = problemSchema.parse(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))))
    assert.equal(problem.code, code)
    assert.match(answer, new RegExp(`x-correlation-id: ${problem.correlationId}`, 'i'))
  }
})
