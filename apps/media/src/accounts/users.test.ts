import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tx } from '../kernel/tx.ts'
import type { Authenticated } from './authenticate.ts'
import { createUser, createUserInput } from './create-user.ts'
import { disableUser } from './disable-user.ts'
import { enableUser } from './enable-user.ts'
import { getMe } from './get-me.ts'
import { getUser } from './get-user.ts'
import { listUsers } from './list-users.ts'
import { patchUser, type UserPatch } from './patch-user.ts'
import { setPassword } from './set-password.ts'
import { setRoles } from './set-roles.ts'
import { failure, logInFrom, openTestAccounts, password } from './test-accounts.ts'

const user = { email: 'ann@example.org', name: 'Ann', roles: ['viewer'] as const, passwordHash: null }

test('an administrator makes users; others do not', async (t) => {
  const house = await openTestAccounts(t)
  const created = await house.inTransaction((tx) => createUser(tx, house.administrator, user))
  assert.deepEqual(created, {
    id: created.id,
    email: 'ann@example.org',
    name: 'Ann',
    roles: ['viewer'],
    createdAt: house.clock(),
    updatedAt: house.clock(),
    disabledAt: null,
  })
  assert.deepEqual(await getUser(house.read, house.administrator, created.id), created)
  const editor = await house.addUser('ed@example.org', ['editor', 'ops'])
  await assert.rejects(
    house.inTransaction((tx) => createUser(tx, editor, { ...user, email: 'new@example.org' })),
    failure('auth.forbidden', 'forbidden'),
  )
  await assert.rejects(logInFrom(house, { email: 'ann@example.org', password }), failure('auth.credentials_invalid'))
})

test('an address is taken once in the installation, whatever its case', async (t) => {
  const house = await openTestAccounts(t)
  const other = await house.addTenant('boss@example.org')
  await house.inTransaction((tx) => createUser(tx, house.administrator, user))
  for (const principal of [house.administrator, other]) {
    await assert.rejects(
      house.inTransaction((tx) => createUser(tx, principal, { ...user, email: 'ANN@example.org' })),
      failure('user.email_taken', 'conflict'),
    )
  }
})

test('a tenant sees its own users only, a page at a time', async (t) => {
  const house = await openTestAccounts(t)
  const other = await house.addTenant('boss@example.org')
  for (const name of ['a', 'b', 'c']) await house.addUser(`${name}@example.org`, ['viewer'])
  const emails: string[] = []
  let cursor: string | undefined
  do {
    const page = await listUsers(house.read, house.administrator, { limit: 3, cursor })
    emails.push(...page.items.map(({ email }) => email))
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  assert.deepEqual(emails.toSorted(), ['a@example.org', 'admin@holdfast.example', 'b@example.org', 'c@example.org'])
  assert.deepEqual((await listUsers(house.read, other, { limit: 3 })).items.length, 1)
})

test('to another tenant a user is not there', async (t) => {
  const house = await openTestAccounts(t)
  const stranger = await house.addTenant('boss@example.org')
  const { userId } = await house.addUser('ann@example.org', ['viewer'])
  const unknown = failure('user.unknown', 'not_found')
  await assert.rejects(getUser(house.read, stranger, userId), unknown)
  await assert.rejects(
    house.inTransaction((tx) => setRoles(tx, stranger, userId, ['editor'])),
    unknown,
  )
  await assert.rejects(
    house.inTransaction((tx) => disableUser(tx, stranger, userId)),
    unknown,
  )
})

test('a viewer sees themselves, and nobody else', async (t) => {
  const house = await openTestAccounts(t)
  const ann = await house.addUser('ann@example.org', ['viewer'])
  assert.equal((await getUser(house.read, ann, ann.userId)).email, 'ann@example.org')
  await assert.rejects(getUser(house.read, ann, house.administrator.userId), failure('auth.forbidden'))
  await assert.rejects(listUsers(house.read, ann, { limit: 10 }), failure('auth.forbidden'))
  const me = await getMe(house.read, ann)
  assert.deepEqual(
    { ...me, user: me.user.email },
    {
      user: 'ann@example.org',
      tenant: { id: ann.tenantId, name: 'Holdfast' },
      roles: ['viewer'],
      via: 'command-line',
    },
  )
})

test('a name and an address are changed by an administrator, the own name by everybody', async (t) => {
  const house = await openTestAccounts(t)
  const ann = await house.addUser('ann@example.org', ['viewer'])
  const patch = (principal: Authenticated, userId: string, change: UserPatch) =>
    house.inTransaction((tx) => patchUser(tx, principal, userId, change))
  assert.equal((await patch(ann, ann.userId, { name: 'Anna' })).name, 'Anna')
  const forbidden = failure('auth.forbidden', 'forbidden')
  await assert.rejects(patch(ann, ann.userId, { name: 'Ann', email: 'new@example.org' }), forbidden)
  await assert.rejects(patch(ann, house.administrator.userId, { name: 'Ann' }), forbidden)

  const { name, email } = await patch(house.administrator, ann.userId, { email: 'Anna@example.org' })
  assert.deepEqual([name, email], ['Anna', 'Anna@example.org'])
  await assert.rejects(logInFrom(house, { email: 'ann@example.org', password }), failure('auth.credentials_invalid'))
  await logInFrom(house, { email: 'anna@example.org', password })
  await patch(house.administrator, ann.userId, { name, email })
  const audit = await house.read.all<{ detail: string }>("SELECT detail FROM audit WHERE action = 'user.changed' ORDER BY id")
  assert.deepEqual(
    audit.map(({ detail }) => detail),
    ['{"changed":["name"]}', '{"changed":["email"]}'],
    'a repeat changes nothing',
  )
})

test('an address that somebody has is not given again, nor that of a holder of ops changed by a mere administrator', async (t) => {
  const house = await openTestAccounts(t)
  const stranger = await house.addTenant('boss@example.org')
  const admin = await house.addUser('eve@example.org', ['admin'])
  const patch = (principal: Authenticated, userId: string, email: string) =>
    house.inTransaction((tx) => patchUser(tx, principal, userId, { email }))
  await assert.rejects(patch(admin, admin.userId, 'BOSS@example.org'), failure('user.email_taken', 'conflict'))
  await assert.rejects(patch(admin, house.administrator.userId, 'x@example.org'), failure('user.ops_only', 'forbidden'))
  await assert.rejects(patch(stranger, admin.userId, 'x@example.org'), failure('user.unknown', 'not_found'))
})

test('roles count from the next request on', async (t) => {
  const house = await openTestAccounts(t)
  const { userId } = await house.addUser('ann@example.org', ['viewer'])
  const { accessToken } = await logInFrom(house, { email: 'ann@example.org', password })
  await house.inTransaction((tx) => setRoles(tx, house.administrator, userId, ['editor', 'viewer', 'editor']))
  assert.deepEqual((await house.authenticate(accessToken)).roles, ['viewer', 'editor'])
  const change = await house.read.get<{ detail: string }>("SELECT detail FROM audit WHERE action = 'user.roles_changed'")
  assert.equal(change?.detail, '{"from":["viewer"],"to":["viewer","editor"]}')
})

test('ops is given, taken and changed by its holders only', async (t) => {
  const house = await openTestAccounts(t)
  const { administrator } = house
  const admin = await house.addUser('eve@example.org', ['admin'])
  const ann = await house.addUser('ann@example.org', ['viewer'])
  const opsOnly = failure('user.ops_only', 'forbidden')
  const attempts = [
    (tx: Tx) => createUser(tx, admin, { ...user, email: 'x@example.org', roles: ['ops'] }),
    (tx: Tx) => setRoles(tx, admin, ann.userId, ['viewer', 'ops']),
    (tx: Tx) => setRoles(tx, admin, administrator.userId, ['admin']),
    (tx: Tx) => disableUser(tx, admin, administrator.userId),
  ]
  for (const attempt of attempts) await assert.rejects(house.inTransaction<unknown>(attempt), opsOnly)
  const promoted = await house.inTransaction((tx) => setRoles(tx, administrator, ann.userId, ['viewer', 'ops']))
  assert.deepEqual(promoted.roles, ['viewer', 'ops'])
})

test('somebody is left to administer the tenant, also when two leave at once', async (t) => {
  const house = await openTestAccounts(t)
  const { administrator } = house
  const last = failure('user.last_administrator', 'conflict')
  await assert.rejects(
    house.inTransaction((tx) => disableUser(tx, administrator, administrator.userId)),
    last,
  )
  await assert.rejects(
    house.inTransaction((tx) => setRoles(tx, administrator, administrator.userId, ['viewer'])),
    last,
  )
  const second = await house.addUser('two@example.org', ['admin', 'ops'])
  const outcomes = await Promise.allSettled([
    house.inTransaction((tx) => disableUser(tx, administrator, second.userId)),
    house.inTransaction((tx) => disableUser(tx, second, administrator.userId)),
  ])
  assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  const count = await house.read.get<{ n: number }>(
    `SELECT COUNT(*) AS n FROM user WHERE tenant_id = ? AND disabled_at IS NULL AND roles LIKE '%"admin"%'`,
    [administrator.tenantId],
  )
  assert.equal(count?.n, 1)
})

test('input that is no user is refused', () => {
  const good = { email: 'ann@example.org', name: ' Ann ', roles: ['viewer'], password: 'x'.repeat(12) }
  assert.deepEqual(createUserInput.parse(good), { ...good, name: 'Ann' })
  assert.ok(createUserInput.safeParse({ ...good, password: '\0 🐈 any character' }).success)
  const bad = [
    { email: 'ann' },
    { email: 'ann@example.org\0' },
    { email: `${'a'.repeat(250)}@example.org` },
    { email: 42 },
    { name: '' },
    { name: '   ' },
    { name: 'x'.repeat(201) },
    { name: 'An\0n' },
    { name: 'An\nn' },
    { name: '\ud83d' },
    { roles: [] },
    { roles: ['root'] },
    { roles: 'viewer' },
    { roles: ['viewer', 'viewer', 'viewer', 'viewer', 'viewer'] },
    { password: 'x'.repeat(11) },
    { password: 'x'.repeat(257) },
    { tenantId: 'another' },
  ]
  for (const part of bad) assert.equal(createUserInput.safeParse({ ...good, ...part }).success, false, JSON.stringify(part))
})

test('changes of one user at the same moment go one after the other, and all of them count', async (t) => {
  const house = await openTestAccounts(t)
  const { userId } = await house.addUser('ann@example.org', ['viewer'])
  const by = house.administrator
  await Promise.all([
    house.inTransaction((tx) => patchUser(tx, by, userId, { name: 'Ann' })),
    house.inTransaction((tx) => patchUser(tx, by, userId, { email: 'anna@example.org' })),
    house.inTransaction((tx) => setRoles(tx, by, userId, ['editor'])),
    house.inTransaction((tx) => setPassword(tx, by, userId, 'a hash')),
    house.inTransaction((tx) => disableUser(tx, by, userId)),
  ])
  const { name, email, roles, disabledAt } = await getUser(house.read, by, userId)
  assert.deepEqual([name, email, roles, disabledAt !== null], ['Ann', 'anna@example.org', ['editor'], true])
  await Promise.all([
    house.inTransaction((tx) => enableUser(tx, by, userId)),
    house.inTransaction((tx) => patchUser(tx, by, userId, { name: 'Anna' })),
  ])
  const changed = await getUser(house.read, by, userId)
  assert.deepEqual([changed.name, changed.disabledAt], ['Anna', null])
})
