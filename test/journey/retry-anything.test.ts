import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createTenant, createUser } from '../service/accounts.ts'
import { createClient, expectJson, type Problem } from '../service/client.ts'
import { type House, openHouse } from '../service/house.ts'
import { openHouseSql } from '../service/house-sql.ts'
import { json, type Reply, type Request, send } from '../service/send.ts'

/** Promise P1: the same key any number of times, at the same time: one effect, and the same bytes for everybody. */

const times = 1_000
let house: House
let urls: readonly string[]

before(async () => {
  house = await openHouse()
  const first = house.process.url
  urls = [first, (await house.restart()).url]
})

after(() => house[Symbol.asyncDispose]())

interface Keyed extends Request {
  readonly key: string
}

const uploadOf = (name: string, key: string): Keyed => ({
  key,
  method: 'POST',
  path: `/v1/files?name=${name}`,
  body: Buffer.from(`the bytes of ${name}`),
})

const folderOf = (name: string, key: string): Keyed => ({
  key,
  method: 'POST',
  path: '/v1/folders',
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify({ name })),
})

function sendKeyed({ key, ...request }: Keyed, url: string, credential = house.account.apiKey): Promise<Reply> {
  const headers = { authorization: `Bearer ${credential}`, 'idempotency-key': key, ...request.headers }
  return send(url, { ...request, headers, timeoutMs: 120_000 })
}

/**
 * A conflict with the running request says when to ask again; so does a process that has more to do than its database takes. Who asks earlier, for as
 * long as the running one takes, is a flood to the front.
 */
async function untilAnswered(request: Keyed, url: string): Promise<Reply> {
  for (;;) {
    const reply = await sendKeyed(request, url)
    if (reply.status !== 409 && reply.status !== 503) return reply
    if (reply.status === 409) assert.equal(json<Problem>(reply).code, 'idempotency.in_progress')
    const seconds = String(reply.headers['retry-after'])
    assert.match(seconds, /^[1-9]\d*$/)
    await pause(1_000 * (Number(seconds) + Math.random() / 2))
  }
}

for (const [what, request, table] of [
  ['raw uploads', uploadOf('once.txt', 'key-of-a-file'), 'file'],
  ['folders', folderOf('once', 'key-of-a-folder'), 'folder'],
] as const) {
  test(`${times} equal POSTs of ${what} at once, on two processes, have one effect and one answer`, async () => {
    const asked = Array.from({ length: times }, (_, index) => untilAnswered(request, urls[index % 2] ?? ''))
    const replies = await Promise.all(asked)
    const [{ id }] = [expectJson<{ id: string }>(replies[0] ?? assert.fail(), 201)]
    for (const { status, body, headers } of replies) {
      assert.equal(status, 201)
      assert.deepEqual(body, replies[0]?.body)
      assert.equal(headers['idempotency-key'], request.key)
      assert.equal(headers.location, replies[0]?.headers.location)
    }
    assert.equal(replies.filter(({ headers }) => headers['idempotent-replayed'] === undefined).length, 1, 'one of them was not a replay')
    assert.deepEqual(await rows(`SELECT id FROM ${table} WHERE state = 'active'`), [{ id }])
    assert.equal((await rows(`SELECT id FROM audit WHERE subject_id = '${id}'`)).length, 1)
  })
}

test('the bytes of a thousand uploads are stored once', async () => {
  assert.equal((await rows("SELECT id FROM stored_blob WHERE state IN ('staging', 'live')")).length, 1)
})

test('the same key with another body is refused, and the record stays as it was', async () => {
  const [url = ''] = urls
  const first = await sendKeyed(folderOf('first', 'reused'), url)
  for (const other of [
    folderOf('second', 'reused'),
    { ...folderOf('first', 'reused'), path: '/v1/folders?x=y' },
    uploadOf('first', 'reused'),
    { ...folderOf('first', 'reused'), method: 'PATCH', path: `/v1/folders/${json<{ id: string }>(first).id}` },
  ]) {
    const reply = await sendKeyed(other, url)
    assert.equal(reply.status, 422, `${other.method} ${other.path}: ${reply.body}`)
    assert.equal(json<Problem>(reply).code, 'idempotency.key_reused')
  }
  const again = await sendKeyed(folderOf('first', 'reused'), url)
  assert.deepEqual([again.status, again.body, again.headers['idempotent-replayed']], [201, first.body, 'true'])
  assert.equal((await rows("SELECT id FROM folder WHERE name IN ('first', 'second')")).length, 1)
})

test('the same key of another user, and of another tenant, is another key', async () => {
  const [url = ''] = urls
  const mine = expectJson<{ id: string }>(await sendKeyed(folderOf('mine', 'shared'), url), 201)
  const colleague = await createUser(url, createClient(url, house.account.apiKey), 'colleague')
  const foreigner = await createTenant(house, 'foreigner')
  for (const [credential, name] of [
    [colleague.apiKey, 'theirs'],
    [foreigner.apiKey, 'mine'],
  ] as const) {
    const reply = await sendKeyed(folderOf(name, 'shared'), url, credential)
    assert.notEqual(expectJson<{ id: string }>(reply, 201).id, mine.id)
    assert.equal(reply.headers['idempotent-replayed'], undefined)
  }
})

test('without credentials a key answers nothing', async () => {
  const [url = ''] = urls
  await sendKeyed(folderOf('guarded', 'guarded'), url)
  assert.equal((await sendKeyed(folderOf('guarded', 'guarded'), url, 'hf_nobody')).status, 401)
})

async function rows(text: string): Promise<unknown[]> {
  await using sql = await openHouseSql(house)
  return await sql.rows(text)
}
