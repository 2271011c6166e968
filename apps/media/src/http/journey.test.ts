import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startTestServer } from './test-server.ts'
import { entrySchema, fileSchema, folderSchema } from './views.ts'
import { pageOf } from './wire.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

async function openJourney(t: TestContext) {
  const server = await startTestServer(t)
  const callAs =
    (credential: string) =>
    async (method: Method, url: string, payload?: object | string, headers: Record<string, string> = {}) => {
      const authorization = `Bearer ${credential}`
      const response = await server.app.inject({
        method,
        url,
        headers: { authorization, ...headers },
        ...(payload !== undefined && { payload }),
      })
      return { status: response.statusCode, body: response.body === '' ? undefined : response.json(), headers: response.headers }
    }
  const call = callAs(server.first.apiKey)
  const upload = async (name: string, folder = 'root') => {
    const { body } = await call('POST', `/v1/files?name=${name}&folder=${folder}`, `bytes of ${name}`, { 'content-type': 'text/plain' })
    return fileSchema.parse(body)
  }
  return { ...server, call, callAs, upload }
}

test('folders: make, list, rename, move, delete the tree, restore it', async (t) => {
  const { call, upload } = await openJourney(t)
  const made = await call('POST', '/v1/folders', { name: 'a' }, { 'idempotency-key': 'a' })
  const a = folderSchema.parse(made.body)
  assert.deepEqual((await call('POST', '/v1/folders', { name: 'a' }, { 'idempotency-key': 'a' })).body, made.body)
  assert.equal((await call('POST', '/v1/folders', { name: 'A' })).status, 409)
  const b = folderSchema.parse((await call('POST', '/v1/folders', { name: 'b', parentId: a.id })).body)
  const file = await upload('f.txt', b.id)

  assert.equal((await call('PATCH', `/v1/folders/${a.id}`, { parentId: b.id })).body.code, 'folder.cycle')
  assert.equal((await call('PATCH', `/v1/folders/${b.id}`, { name: 'c', favourite: true })).body.name, 'c')
  const children = pageOf(entrySchema).parse((await call('GET', `/v1/folders/${b.id}/children`)).body)
  assert.deepEqual(
    children.items.map(({ type, name }) => [type, name]),
    [['file', 'f.txt']],
  )
  const top = pageOf(entrySchema).parse((await call('GET', '/v1/folders/root/children')).body)
  assert.deepEqual(
    top.items.map(({ name }) => name),
    ['a'],
  )
  const folders = pageOf(folderSchema).parse((await call('GET', `/v1/folders?parent=${a.id}`)).body)
  assert.deepEqual(
    folders.items.map(({ id }) => id),
    [b.id],
  )

  const deleted = await call('DELETE', `/v1/folders/${a.id}`)
  assert.deepEqual([deleted.status, typeof folderSchema.parse(deleted.body).purgeAt], [202, 'string'])
  assert.equal((await call('DELETE', `/v1/folders/${a.id}`)).status, 204)
  assert.equal((await call('GET', `/v1/files/${file.id}/content`)).status, 404)
  const trash = pageOf(entrySchema).parse((await call('GET', '/v1/trash')).body)
  assert.deepEqual(
    trash.items.map(({ id }) => id),
    [a.id],
  )
  assert.equal((await call('POST', `/v1/folders/${a.id}/restore`)).status, 200)
  assert.equal((await call('GET', `/v1/files/${file.id}`)).body.state, 'active')
})

test('files: list by pages, patch, copy, trash, restore, erase', async (t) => {
  const { call, upload } = await openJourney(t)
  const files = [await upload('a.txt'), await upload('b.txt'), await upload('c.txt')]
  const page = pageOf(fileSchema)
  const first = page.parse((await call('GET', '/v1/files?sort=name&limit=2')).body)
  const second = page.parse((await call('GET', `/v1/files?sort=name&limit=2&cursor=${first.next}`)).body)
  assert.deepEqual(
    [...first.items, ...second.items].map(({ name }) => name),
    ['a.txt', 'b.txt', 'c.txt'],
  )
  assert.equal(second.next, null)

  const id = files[0]?.id
  const patched = fileSchema.parse((await call('PATCH', `/v1/files/${id}`, { name: 'd.txt', favourite: true, tags: ['x'] })).body)
  assert.deepEqual([patched.name, patched.favourite, patched.tags], ['d.txt', true, ['x']])
  for (const query of ['favourite=true', 'tag=x', 'name=D.TXT', 'kind=text&favourite=true', 'folder=root&tag=x']) {
    assert.deepEqual(
      page.parse((await call('GET', `/v1/files?${query}`)).body).items.map((file) => file.id),
      [id],
      query,
    )
  }
  const copy = await call('POST', `/v1/files/${id}/copy`, { name: 'e.txt' })
  assert.deepEqual([copy.status, copy.headers.location], [201, `/v1/files/${fileSchema.parse(copy.body).id}`])

  assert.equal((await call('POST', `/v1/files/${id}/restore`)).body.code, 'file.not_trashed')
  assert.equal((await call('DELETE', `/v1/files/${id}`)).status, 202)
  assert.equal((await call('PATCH', `/v1/files/${id}`, { name: 'z' })).body.code, 'file.trashed')
  assert.equal(fileSchema.parse((await call('POST', `/v1/files/${id}/restore`)).body).state, 'active')

  const erased = await call('POST', `/v1/files/${id}/erase`, undefined, { 'idempotency-key': 'erase' })
  assert.deepEqual([erased.status, erased.body.fileId], [200, id])
  assert.deepEqual((await call('POST', `/v1/files/${id}/erase`, undefined, { 'idempotency-key': 'erase' })).body, erased.body)
  assert.deepEqual([(await call('GET', `/v1/files/${id}`)).status, (await call('POST', `/v1/files/${id}/restore`)).status], [410, 410])

  await call('DELETE', `/v1/files/${files[1]?.id}`)
  assert.deepEqual((await call('POST', '/v1/trash/empty')).body, { erased: [files[1]?.id], skipped: [] })
})

test('accounts: log in, refresh, users, keys, passwords, log out', async (t) => {
  const { call, callAs, app, first } = await openJourney(t)
  const logIn = (email: string, password: string) => app.inject({ method: 'POST', url: '/v1/tokens', payload: { email, password } })
  const tokens = (await logIn(first.email, first.password)).json()
  assert.deepEqual(Object.keys(tokens), ['accessToken', 'expiresIn', 'refreshToken'])
  const next = await app.inject({ method: 'POST', url: '/v1/tokens/refresh', payload: { refreshToken: tokens.refreshToken } })
  const withToken = callAs(next.json().accessToken)
  const me = (await withToken('GET', '/v1/me')).body
  assert.deepEqual([me.email, me.via, me.tenant.id], [first.email, 'token', first.tenantId])
  assert.equal((await app.inject({ url: '/.well-known/jwks.json' })).json().keys[0].kty, 'OKP')

  const password = 'a long enough password'
  const made = await call('POST', '/v1/users', { email: 'v@example.org', name: 'V', roles: ['viewer'], password })
  assert.equal(made.status, 201)
  assert.equal((await call('POST', '/v1/users', { email: 'V@example.org', name: 'V', roles: ['viewer'] })).body.code, 'user.email_taken')
  const viewer = callAs((await logIn('v@example.org', password)).json().accessToken)
  assert.deepEqual([(await viewer('GET', '/v1/files')).status, (await viewer('POST', '/v1/folders', { name: 'x' })).status], [200, 403])
  for (const url of ['/v1/users', '/v1/ops/messages', '/v1/ops/audit', '/v1/ops/failed', '/v1/ops/schedule', '/v1/ops/stories/12345678']) {
    assert.equal((await viewer('GET', url)).body.code, 'auth.forbidden', url)
  }
  assert.equal((await viewer('POST', '/v1/ops/reconcile')).status, 403)
  assert.deepEqual((await call('PUT', `/v1/users/${made.body.id}/roles`, { roles: ['editor'] })).body.roles, ['editor'])
  const changed = await viewer('PUT', '/v1/me/password', { currentPassword: password, newPassword: 'another long password' })
  assert.deepEqual([changed.status, (await viewer('GET', '/v1/me')).status], [204, 401])
  assert.equal((await call('POST', `/v1/users/${made.body.id}/disable`)).status, 200)
  assert.equal((await logIn('v@example.org', 'another long password')).json().code, 'auth.credentials_invalid')
  assert.equal((await call('GET', '/v1/users')).body.items.length, 2)

  const key = (await call('POST', '/v1/api-keys', { name: 'k', scopes: ['viewer'] }, { 'idempotency-key': 'k' })).body
  assert.equal((await callAs(key.key)('GET', '/v1/me')).body.via, 'api-key')
  assert.deepEqual([(await call('DELETE', `/v1/api-keys/${key.id}`)).status, (await callAs(key.key)('GET', '/v1/me')).status], [204, 401])
  assert.ok(!JSON.stringify((await call('GET', '/v1/api-keys')).body).includes(key.key))
  assert.deepEqual([(await withToken('DELETE', '/v1/tokens')).status, (await withToken('GET', '/v1/me')).status], [204, 401])
})

test('operations: a purge that waits is counted, told, run and cancelled; the audit and the story know', async (t) => {
  const { call, callAs, upload, addTenant, app } = await openJourney(t)
  const file = await upload('a.txt')
  const correlationId = 'story-of-a-deletion'
  await call('DELETE', `/v1/files/${file.id}`, undefined, { 'x-correlation-id': correlationId })
  const lanes = (await call('GET', '/v1/ops/messages')).body.lanes
  assert.equal(lanes.find(({ lane }: { lane: string }) => lane === 'low').delayed, 1)
  const [message] = (await call('GET', '/v1/ops/schedule?lane=low&name=media.purge-file.v1')).body.items
  assert.deepEqual([message.name, message.correlationId], ['media.purge-file.v1', correlationId])

  const story = (await call('GET', `/v1/ops/stories/${correlationId}`)).body
  assert.deepEqual([story.outcome, story.changes[0].action, story.messages[0].id], ['running', 'file.trashed', message.id])
  const stranger = callAs((await addTenant('other@example.org')).apiKey)
  assert.equal((await stranger('GET', '/v1/ops/schedule')).status, 403)
  assert.equal((await stranger('GET', `/v1/files/${file.id}`)).status, 404)

  assert.equal((await call('POST', `/v1/ops/schedule/${message.id}/run-now`)).status, 204)
  assert.equal((await call('POST', `/v1/ops/schedule/${message.id}/cancel`)).status, 204)
  assert.equal((await call('POST', `/v1/ops/schedule/${message.id}/cancel`)).body.code, 'message.unknown')
  assert.deepEqual((await call('GET', '/v1/ops/failed')).body, { items: [], next: null })
  assert.equal((await call('POST', `/v1/ops/failed/${message.id}/retry`)).status, 404)
  assert.equal((await call('DELETE', `/v1/ops/failed/${message.id}`)).status, 404)
  const audit = (await call('GET', '/v1/ops/audit?subjectKind=message')).body.items
  assert.deepEqual(
    audit.map(({ action }: { action: string }) => action),
    ['message.cancelled', 'message.run_now'],
  )
  assert.deepEqual((await call('POST', '/v1/ops/reconcile')).body.swept.degraded, 0)
  const metrics = (await app.inject({ url: '/metrics' })).body
  assert.match(metrics, /holdfast_http_requests_total\{method="DELETE",route="\/v1\/files\/:fileId",status="202"\} 1/)
  assert.match(metrics, /holdfast_messages\{lane="low",state="delayed"\} \d/)
})

test('sharing: a colleague is let in and out again, once for each key', async (t) => {
  const { call, callAs, upload } = await openJourney(t)
  const account = { email: 'bob@example.org', password: 'a long enough passphrase' }
  const { id: bob } = (await call('POST', '/v1/users', { ...account, name: 'Bob', roles: ['viewer'] })).body
  const asBob = callAs((await call('POST', '/v1/tokens', account)).body.accessToken)
  const { id } = await upload('plan.txt')
  await call('PATCH', `/v1/files/${id}`, { private: true })
  assert.equal((await asBob('GET', `/v1/files/${id}`)).status, 404)

  const share = `/v1/files/${id}/shares/${bob}`
  const first = await call('PUT', share, undefined, { 'idempotency-key': 'in' })
  const again = await call('PUT', share, undefined, { 'idempotency-key': 'in' })
  assert.deepEqual([again.body, again.headers['idempotent-replayed']], [first.body, 'true'])
  assert.deepEqual((await call('PUT', share)).body, first.body)
  assert.deepEqual((await call('GET', `/v1/files/${id}/shares`)).body, { items: [first.body], next: null })
  assert.equal((await asBob('GET', `/v1/files/${id}/shares`)).body.code, 'entry.not_yours')
  assert.equal((await asBob('GET', `/v1/files/${id}`)).body.private, true)
  assert.equal((await asBob('GET', '/v1/files')).body.items.length, 1)

  for (const replayed of [undefined, 'true']) {
    const { status, headers } = await call('DELETE', share, undefined, { 'idempotency-key': 'out' })
    assert.deepEqual([status, headers['idempotent-replayed']], [204, replayed])
  }
  assert.equal((await call('DELETE', share)).body.code, 'share.unknown')
  assert.equal((await asBob('GET', `/v1/files/${id}`)).status, 404)
  const audit: { action: string }[] = (await call('GET', `/v1/ops/audit?subjectId=${id}`)).body.items
  assert.deepEqual(
    audit.map(({ action }) => action).filter((action) => action.endsWith('shared')),
    ['file.unshared', 'file.shared'],
  )
  await call('PUT', share)
  assert.equal((await call('DELETE', `/v1/users/${bob}`)).status, 204)
  assert.deepEqual((await call('GET', `/v1/files/${id}/shares`)).body.items, [])
  assert.equal((await call('PUT', share)).body.code, 'user.unknown')
})

test('health: alive, started, and ready unless a required part is down', async (t) => {
  const parts = {
    database: { required: true, status: 'up' as 'up' | 'down', since: 0 },
    mail: { required: false, status: 'up' as 'up' | 'down', since: 0 },
  }
  let started = false
  const { app } = await startTestServer(t, { health: { started: () => started, isStopping: () => false, parts: async () => parts } })
  const ask = async (url: string) => {
    const response = await app.inject({ url })
    return [response.statusCode, response.json().status]
  }
  assert.deepEqual(
    [await ask('/livez'), await ask('/startupz'), await ask('/readyz')],
    [
      [200, 'up'],
      [503, 'starting'],
      [200, 'up'],
    ],
  )
  started = true
  parts.mail.status = 'down'
  assert.deepEqual(
    [await ask('/startupz'), await ask('/readyz')],
    [
      [200, 'up'],
      [200, 'degraded'],
    ],
  )
  parts.database.status = 'down'
  assert.deepEqual(
    [await ask('/livez'), await ask('/readyz')],
    [
      [200, 'up'],
      [503, 'down'],
    ],
  )
  assert.deepEqual((await app.inject({ url: '/readyz' })).json().parts.database, {
    required: true,
    status: 'down',
    since: '1970-01-01T00:00:00.000Z',
  })
  assert.deepEqual((await app.inject({ url: '/errors/name.taken' })).json().status, 409)
})
