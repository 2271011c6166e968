import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from './test-server.ts'

type Started = Awaited<ReturnType<typeof startTestServer>>

async function trashFiles({ app }: Started, apiKey: string, count: number): Promise<void> {
  const headers = { authorization: `Bearer ${apiKey}` }
  for (let index = 0; index < count; index++) {
    const uploaded = await app.inject({ method: 'POST', url: `/v1/files?name=${index}`, headers, payload: 'x' })
    assert.equal((await app.inject({ method: 'DELETE', url: `/v1/files/${uploaded.json().id}`, headers })).statusCode, 202)
  }
}

test('a page is full although messages of another tenant lie between', async (t) => {
  const started = await startTestServer(t)
  const { app, auth, first, addTenant } = started
  const { apiKey: stranger } = await addTenant('other@example.org')
  await trashFiles(started, stranger, 3)
  await trashFiles(started, first.apiKey, 3)
  const page = async (query: string) =>
    (await app.inject({ url: `/v1/ops/schedule?name=media.purge-file.v1&limit=2${query}`, headers: auth })).json()
  const one = await page('')
  const two = await page(`&cursor=${one.next}`)
  assert.deepEqual([one.items.length, two.items.length, two.next], [2, 1, null])
})

test('a failed message is retried and removed once under a key, and tells so again', async (t) => {
  const started = await startTestServer(t)
  const { app, auth, first, holdfast } = started
  await trashFiles(started, first.apiKey, 2)
  await holdfast.database.transaction((sql) =>
    sql.run("UPDATE message SET state = 'failed', handled_at = created_at WHERE name = 'media.purge-file.v1'", []),
  )
  const [retried, removed] = (await app.inject({ url: '/v1/ops/failed', headers: auth })).json().items
  const calls = [
    {
      status: 202,
      request: { method: 'POST', url: `/v1/ops/failed/${retried.id}/retry`, headers: { ...auth, 'idempotency-key': 'retry' } },
    },
    { status: 204, request: { method: 'DELETE', url: `/v1/ops/failed/${removed.id}`, headers: { ...auth, 'idempotency-key': 'remove' } } },
  ] as const
  for (const { status, request } of calls) {
    const [answer, again] = [await app.inject(request), await app.inject(request)]
    assert.deepEqual([answer.statusCode, again.statusCode, again.headers['idempotent-replayed']], [status, status, 'true'])
  }
  assert.deepEqual((await app.inject({ url: '/v1/ops/failed', headers: auth })).json().items, [])
  assert.equal((await holdfast.messenger.schedule.show(retried.id))?.attempt, 0)
})
