import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from './test-server.ts'

interface Operation {
  summary?: string
  security?: unknown
  requestBody?: { content: Record<string, unknown> }
  parameters?: { name: string; in: string }[]
  responses: Record<string, { content?: Record<string, unknown>; headers?: Record<string, unknown> }>
}

test('the document tells every route, who may ask, and what it answers', async (t) => {
  const { app } = await startTestServer(t)
  const document = (await app.inject({ url: '/openapi.json' })).json()
  assert.equal(document.openapi, '3.1.0')
  const paths: Record<string, Record<string, Operation>> = document.paths
  assert.ok(Object.keys(paths).length > 35)
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const name = `${method} ${path}`
      const isOpen = !path.startsWith('/v1/') || /^post \/v1\/(tokens|password-resets)/.test(name)
      assert.equal(operation.security === undefined, isOpen, name)
      assert.ok(operation.summary, name)
      const statuses = Object.keys(operation.responses)
      assert.ok(
        statuses.some((status) => status.startsWith('2')),
        name,
      )
      if (!isOpen)
        assert.deepEqual(
          ['401', '403', '429', '500', '503'].filter((status) => !statuses.includes(status)),
          [],
          name,
        )
      const headersOf429 = Object.keys(operation.responses['429']?.headers ?? {})
      assert.deepEqual(headersOf429, statuses.includes('429') ? ['RateLimit-Policy', 'RateLimit', 'Retry-After'] : [], name)
      const hasKey = operation.parameters?.some((parameter) => parameter.name === 'Idempotency-Key') ?? false
      assert.equal(hasKey, !isOpen && !['get', 'head'].includes(method), name)
      assert.ok(!operation.parameters?.some((parameter) => /correlation|^range$/i.test(parameter.name) && parameter.in === 'header'), name)
    }
  }
  assert.deepEqual(Object.keys(paths['/v1/files']?.['post']?.requestBody?.content ?? {}), [
    'application/octet-stream',
    'multipart/form-data',
  ])
})

test('every reference in the document leads somewhere, and every shape is referred to', async (t) => {
  const { app } = await startTestServer(t)
  const { body } = await app.inject({ url: '/openapi.json' })
  const referred = new Set([...body.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name))
  assert.deepEqual(referred, new Set(Object.keys(JSON.parse(body).components.schemas)))
})

test('the page that shows it needs nothing from elsewhere', async (t) => {
  const { app } = await startTestServer(t)
  const page = await app.inject({ url: '/docs' })
  assert.doesNotMatch(String(page.headers['content-security-policy']), /upgrade-insecure-requests|https:|swagger\.io/)
  assert.equal(page.statusCode, 200)
  const sources = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? '')
  assert.ok(sources.length >= 3)
  for (const url of sources) assert.equal((await app.inject({ url })).statusCode, 200, url)
  assert.deepEqual((await app.inject({ url: '/docs/json' })).json().info.title, 'Holdfast')
})
