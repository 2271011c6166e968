import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { startTestServer } from './test-server.ts'
import { fileSchema } from './views.ts'

const hex = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')

async function openUploads(t: Parameters<typeof startTestServer>[0]) {
  const server = await startTestServer(t)
  const { app, auth, holdfast } = server
  const upload = (query: string, payload: Uint8Array | string, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url: `/v1/files${query}`, headers: { ...auth, ...headers }, payload: Buffer.from(payload) })
  const uploadForm = async (form: FormData, headers: Record<string, string> = {}, query = '') => {
    const body = new Response(form)
    const type = body.headers.get('content-type') ?? ''
    return upload(query, await body.bytes(), { 'content-type': type, ...headers })
  }
  const count = async (table: string, state: string) =>
    (await holdfast.database.read.get<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table} WHERE state = ?`, [state]))?.n
  return { ...server, upload, uploadForm, count }
}

test('a raw body becomes a file, and a repeat under its key the same answer', async (t) => {
  const { upload, count } = await openUploads(t)
  const bytes = randomBytes(300_000)
  const first = await upload('?name=a.bin', bytes, { 'idempotency-key': 'one' })
  assert.equal(first.statusCode, 201)
  const file = fileSchema.parse(first.json())
  assert.deepEqual([file.size, file.sha256, file.kind, file.state], [300_000, hex(bytes), 'other', 'active'])
  assert.equal(first.headers.location, `/v1/files/${file.id}`)

  const again = await upload('?name=a.bin', bytes, { 'idempotency-key': '"one"' })
  assert.deepEqual([again.statusCode, again.body, again.headers['idempotent-replayed']], [201, first.body, 'true'])
  const other = await upload('?name=a.bin', randomBytes(300_000), { 'idempotency-key': 'one' })
  assert.deepEqual([other.statusCode, other.json().code], [422, 'idempotency.key_reused'])
  assert.equal((await upload('?name=A.bin', bytes)).json().code, 'name.taken')
  assert.deepEqual([await count('file', 'active'), await count('file', 'reserved'), await count('stored_blob', 'staging')], [1, 0, 0])
})

test('any content type is bytes, JSON and no bytes too', async (t) => {
  const { upload, app, auth } = await openUploads(t)
  const json = await upload('?name=a.json', '{not json', { 'content-type': 'application/json' })
  assert.deepEqual([json.statusCode, json.json().size, json.json().mediaType], [201, 9, 'application/json'])
  const empty = await app.inject({ method: 'POST', url: '/v1/files?name=empty', headers: auth })
  assert.deepEqual([empty.statusCode, empty.json().size, empty.json().sha256], [201, 0, hex('')])
})

test('a digest that was announced is held against the bytes', async (t) => {
  const { upload, count } = await openUploads(t)
  const base64 = createHash('sha256').update('hello').digest('base64')
  assert.equal((await upload(`?name=a&sha256=${hex('hello').toUpperCase()}`, 'hello')).statusCode, 201)
  assert.equal((await upload('?name=b', 'hello', { 'content-digest': `md5=:AAAA:, sha-256=:${base64}:` })).statusCode, 201)
  assert.equal((await upload('?name=c', 'hello', { 'repr-digest': `sha-256=:${base64}:` })).statusCode, 201)
  for (const [query, headers, status, code] of [
    [`?name=d&sha256=${hex('other')}`, {}, 422, 'file.digest_mismatch'],
    ['?name=d&sha256=zz', {}, 400, 'request.invalid'],
    ['?name=d', { 'content-digest': 'sha-256=:nonsense:' }, 400, 'request.header_invalid'],
    [`?name=d&sha256=${hex('other')}`, { 'content-digest': `sha-256=:${base64}:` }, 400, 'request.header_invalid'],
  ] as const) {
    const response = await upload(query, 'hello', headers)
    assert.deepEqual([response.statusCode, response.json().code], [status, code], query)
  }
  assert.deepEqual([await count('file', 'active'), await count('file', 'reserved'), await count('stored_blob', 'staging')], [3, 0, 0])
})

test('a form becomes all of its files in their order, or none', async (t) => {
  const { uploadForm, app, auth, count } = await openUploads(t)
  const folder = (await app.inject({ method: 'POST', url: '/v1/folders', headers: auth, payload: { name: 'f' } })).json()
  const form = (...names: string[]) => {
    const made = new FormData()
    for (const name of names) made.append('file', new Blob([`content of ${name}`]), name)
    return made
  }
  const good = form('é.txt', 'b.txt', 'c.txt')
  good.append('folder', folder.id)
  const first = await uploadForm(good, { 'idempotency-key': 'form' })
  assert.equal(first.statusCode, 201)
  const items = first.json().items.map((item: unknown) => fileSchema.parse(item))
  assert.deepEqual(
    items.map(({ name, folderId }: { name: string; folderId: string }) => [name, folderId]),
    ['é.txt', 'b.txt', 'c.txt'].map((name) => [name, folder.id]),
  )
  const again = await uploadForm(good, { 'idempotency-key': 'form' })
  assert.deepEqual([again.body, again.headers['idempotent-replayed']], [first.body, 'true'])

  const strange = form('x.txt')
  strange.append('unknown', 'field')
  for (const [body, status, code] of [
    [form(), 400, 'upload.empty'],
    [form('x.txt', '../y.txt'), 422, 'name.invalid'],
    [form('x.txt', 'a\\b'), 422, 'name.invalid'],
    [form('x.txt', 'X.TXT'), 409, 'name.taken'],
    [strange, 400, 'request.invalid'],
  ] as const) {
    const response = await uploadForm(body)
    assert.deepEqual([response.statusCode, response.json().code], [status, code])
  }
  assert.equal((await uploadForm(form('x.txt'), {}, '?name=y')).json().code, 'request.invalid')
  const broken = await uploadForm(form('x.txt'), { 'content-type': 'multipart/form-data' })
  assert.deepEqual([broken.statusCode, broken.json().code], [400, 'request.body_malformed'])
  assert.deepEqual([await count('file', 'active'), await count('file', 'reserved'), await count('stored_blob', 'staging')], [3, 0, 0])
})

test('what is clear beforehand is refused before a byte is stored', async (t) => {
  const { upload, holdfast } = await openUploads(t)
  for (const [query, status, code] of [
    ['', 400, 'request.invalid'],
    ['?name=..', 422, 'name.invalid'],
    ['?name=%00', 422, 'name.invalid'],
    ['?name=', 422, 'name.invalid'],
    ['?name=a&folder=nonsense', 400, 'request.invalid'],
    ['?name=a&folder=00000000-0000-4000-8000-000000000000', 404, 'folder.unknown'],
  ] as const) {
    const response = await upload(query, 'x')
    assert.deepEqual([response.statusCode, response.json().code], [status, code], query)
  }
  assert.deepEqual(await holdfast.database.read.all('SELECT id FROM stored_blob'), [])
})

test('new bytes are a new version, of the bytes that the writer saw', async (t) => {
  const { upload, app, auth } = await openUploads(t)
  const { id } = (await upload('?name=a.txt', 'one')).json()
  const put = (payload: string, headers: Record<string, string> = {}) =>
    app.inject({ method: 'PUT', url: `/v1/files/${id}/content`, headers: { ...auth, ...headers }, payload })
  const seen = (await app.inject({ url: `/v1/files/${id}/content`, headers: auth })).headers.etag ?? ''
  const second = await put('two', { 'if-match': `"x", ${seen}`, 'idempotency-key': 'put' })
  assert.deepEqual([second.statusCode, second.json().version, second.json().sha256], [200, 2, hex('two')])
  assert.equal((await put('two', { 'if-match': `"x", ${seen}`, 'idempotency-key': 'put' })).body, second.body)
  assert.deepEqual([(await put('three', { 'if-match': seen })).statusCode, (await put('three')).json().version], [412, 3])
  for (const met of [{ 'if-match': '*' }, { 'if-none-match': seen }, { 'if-modified-since': new Date(Date.now() + 60_000).toUTCString() }])
    assert.equal((await put('three', met)).statusCode, 200)
  const last = (await app.inject({ url: `/v1/files/${id}/content`, headers: auth })).headers.etag ?? ''
  const unmet = [{ 'if-none-match': '*' }, { 'if-none-match': `"x", ${last}` }, { 'if-unmodified-since': new Date(0).toUTCString() }]
  for (const conditions of unmet) assert.equal((await put('four', conditions)).json().code, 'file.precondition_failed')
  assert.equal((await put('x', { 'content-type': 'multipart/form-data; boundary=x' })).json().code, 'request.media_type_unsupported')
  assert.equal((await app.inject({ url: `/v1/files/${id}/content`, headers: auth })).body, 'three')
})
