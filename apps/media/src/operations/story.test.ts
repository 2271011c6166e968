import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MessageHistory, MessageState } from '@holdfast/messenger'
import { failure } from '../accounts/test-accounts.ts'
import type { Principal } from '../kernel/principal.ts'
import { recordAudit } from './audit.ts'
import { listAudit } from './list-audit.ts'
import { story } from './story.ts'
import { bindTransactions, openTestDatabase, type TestDatabase } from './test-database.ts'

const operator: Principal = { tenantId: 'tenant-a', userId: 'op', roles: ['ops'] }
const stranger: Principal = { ...operator, tenantId: 'tenant-b' }
const id = 'correlation-1'

const message = (tenant: string, state: MessageState, name = 'media.purge-file.v1'): MessageHistory => ({
  id: name,
  name,
  lane: 'low',
  payload: '{}',
  correlationId: id,
  causationId: null,
  traceparent: null,
  tenant,
  dedupeKey: null,
  createdAt: 0,
  dueAt: 0,
  notAfter: null,
  state,
  attempt: 1,
  leaseToken: null,
  leaseUntil: null,
  dispatchedAt: null,
  startedAt: null,
  worker: null,
  handledAt: null,
  lastError: null,
  failedAttempts: [],
})

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

test('a story holds the changes in order and the messages, of one tenant', async (t) => {
  const house = await openTestDatabase(t)
  await write(house, 'tenant-a', ['file.stored', 'file.trashed'])
  await write(house, 'tenant-b', ['file.stored'])
  await write(house, 'tenant-a', ['file.restored'], 'correlation-2')
  const [ours, theirs] = [message('tenant-a', 'pending'), message('tenant-b', 'failed')]
  const deps = { read: house.read, findMessages: async (correlationId: string) => (correlationId === id ? [ours, theirs] : []) }
  const told = await story(deps, operator, id)
  assert.deepEqual(
    told.changes.map(({ action, subjectId, detail }) => [action, subjectId, detail]),
    [
      ['file.stored', 'of-tenant-a', { action: 'file.stored' }],
      ['file.trashed', 'of-tenant-a', { action: 'file.trashed' }],
    ],
  )
  assert.deepEqual(told.messages, [ours])
  assert.equal(told.outcome, 'running')
  assert.deepEqual((await story(deps, stranger, id)).messages, [theirs])
})

test('what was done to its messages by hand is among the changes, in the order of all, under the id of the other story', async (t) => {
  const house = await openTestDatabase(t)
  const ours = message('tenant-a', 'done')
  const byHand = (tenantId: string, subjectId: string) =>
    bindTransactions(
      house.database,
      () => 'correlation-2',
    )((tx) => recordAudit(tx, { tenantId, actor: 'op', action: 'message.retried', subjectKind: 'message', subjectId }))
  await write(house, 'tenant-a', ['file.trashed'])
  await byHand('tenant-a', ours.id)
  await byHand('tenant-a', 'another message')
  await byHand('tenant-b', ours.id)
  await write(house, 'tenant-a', ['file.purged'])
  const { changes } = await story({ read: house.read, findMessages: async () => [ours] }, operator, id)
  assert.deepEqual(
    changes.map(({ action, correlationId }) => [action, correlationId]),
    [
      ['file.trashed', id],
      ['message.retried', 'correlation-2'],
      ['file.purged', id],
    ],
  )
})

test('it has failed when a message has, runs while one waits or is at work, and is done else', async (t) => {
  const house = await openTestDatabase(t)
  await write(house, 'tenant-a', ['file.stored'])
  const cases: [MessageState[], string][] = [
    [[], 'done'],
    [['done', 'cancelled', 'expired'], 'done'],
    [['done', 'pending'], 'running'],
    [['leased', 'done'], 'running'],
    [['dispatched', 'done'], 'running'],
    [['pending', 'failed', 'done'], 'failed'],
  ]
  for (const [states, outcome] of cases) {
    const findMessages = async () => states.map((state) => message('tenant-a', state))
    assert.equal((await story({ read: house.read, findMessages }, operator, id)).outcome, outcome)
  }
})

test('an id that nobody used, or only another tenant, is unknown; and it takes an operator', async (t) => {
  const house = await openTestDatabase(t)
  await write(house, 'tenant-a', ['file.stored'])
  const deps = { read: house.read, findMessages: async () => [message('tenant-c', 'done')] }
  const unknown = failure('story.unknown', 'not_found')
  await assert.rejects(story(deps, operator, 'correlation-9'), unknown)
  await assert.rejects(story(deps, stranger, id), unknown)
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
