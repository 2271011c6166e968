import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '../accounts/test-accounts.ts'
import type { Principal } from '../kernel/principal.ts'
import { recordAudit } from './audit.ts'
import { listAudit } from './list-audit.ts'
import { type StoryPart, story } from './story.ts'
import { bindTransactions, openTestDatabase, type TestDatabase } from './test-database.ts'

const operator: Principal = { tenantId: 'tenant-a', userId: 'op', roles: ['ops'] }
const stranger: Principal = { ...operator, tenantId: 'tenant-b' }
const id = 'correlation-1'

const part = (tenantId: string, outcome: StoryPart['outcome'], name: string) => ({ tenantId, outcome, name })

async function write(house: TestDatabase, tenantId: string, actions: readonly string[], correlationId = id) {
  await bindTransactions(
    house.database,
    () => correlationId,
  )(async (tx) => {
    for (const action of actions) {
      await recordAudit(tx, { tenantId, actor: 'u', action, subjectKind: 'file', subjectId: `of-${tenantId}`, detail: { action } })
    }
  })
}

test('a story holds the changes in order, the requests and the messages, of one tenant', async (t) => {
  const house = await openTestDatabase(t)
  await write(house, 'tenant-a', ['file.stored', 'file.trashed'])
  await write(house, 'tenant-b', ['file.stored'])
  await write(house, 'tenant-a', ['file.restored'], 'correlation-2')
  const requests = [part('tenant-a', 'done', 'POST /v1/files')]
  const messages = [part('tenant-a', 'running', 'purge'), part('tenant-b', 'failed', 'theirs')]
  const asked: string[] = []
  const deps = {
    read: house.read,
    findRequests: async (correlationId: string) => {
      asked.push(correlationId)
      return requests
    },
    findMessages: async (correlationId: string) => {
      asked.push(correlationId)
      return messages
    },
  }
  const told = await story(deps, operator, id)
  assert.deepEqual(asked, [id, id])
  assert.deepEqual(
    told.changes.map(({ action, subjectId, detail }) => [action, subjectId, detail]),
    [
      ['file.stored', 'of-tenant-a', { action: 'file.stored' }],
      ['file.trashed', 'of-tenant-a', { action: 'file.trashed' }],
    ],
  )
  assert.deepEqual(told.requests, requests)
  assert.deepEqual(told.messages, [messages[0]])
  assert.equal(told.outcome, 'running')
  assert.equal((await story(deps, stranger, id)).outcome, 'failed')
})

test('an id that nobody used, or only another tenant, is unknown; and it takes an operator', async (t) => {
  const house = await openTestDatabase(t)
  await write(house, 'tenant-a', ['file.stored'])
  const deps = { read: house.read, findRequests: async () => [], findMessages: async () => [] }
  assert.equal((await story(deps, operator, id)).outcome, 'done')
  for (const [principal, other] of [
    [operator, 'correlation-9'],
    [stranger, id],
  ] as const) {
    await assert.rejects(story(deps, principal, other), failure('story.unknown', 'not_found'))
  }
  await assert.rejects(story(deps, { ...operator, roles: ['admin'] }, id), failure('auth.forbidden', 'forbidden'))
})

test('the audit is listed newest first, page by page and by what is asked for, of one tenant', async (t) => {
  const house = await openTestDatabase(t)
  await write(house, 'tenant-a', ['one', 'two', 'three', 'two'])
  await write(house, 'tenant-b', ['two'])
  const first = await listAudit(house.read, operator, { limit: 3 })
  assert.deepEqual(
    first.items.map(({ action }) => action),
    ['two', 'three', 'two'],
  )
  assert.ok(first.next)
  const rest = await listAudit(house.read, operator, { limit: 3, cursor: first.next })
  assert.deepEqual([rest.items.map(({ action }) => action), rest.next], [['one'], null])
  const count = async (filter: Parameters<typeof listAudit>[3]) =>
    (await listAudit(house.read, operator, { limit: 10 }, filter)).items.length
  assert.equal(await count({ action: 'two' }), 2)
  assert.equal(await count({ action: 'two', actor: 'nobody' }), 0)
  assert.equal(await count({ correlationId: id, subjectKind: 'file', subjectId: 'of-tenant-a', actor: 'u' }), 4)
  assert.equal(await count({ subjectId: 'of-tenant-b' }), 0)
  await assert.rejects(listAudit(house.read, operator, { limit: 3, cursor: 'junk' }), failure('request.cursor_invalid'))
  await assert.rejects(
    listAudit(house.read, { ...operator, roles: ['viewer', 'editor', 'admin'] }, { limit: 3 }),
    failure('auth.forbidden'),
  )
})
