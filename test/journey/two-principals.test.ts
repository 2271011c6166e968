import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Account, createTenant, createUser } from '../service/accounts.ts'
import { type Client, createClient, expectJson, type Problem } from '../service/client.ts'
import { type House, openHouse } from '../service/house.ts'
import { openHouseSql } from '../service/house-sql.ts'
import { json, type Reply } from '../service/send.ts'
import { type Operation, readOperations } from './openapi.ts'
import { fileOperations } from './operations/file-operations.ts'
import type { KnownOperation, World } from './operations/known-operation.ts'
import { callOperation, guardedOperations, operations } from './operations/operations.ts'
import { makeRoleClients, type RoleClients, tryRoles } from './role-matrix.ts'

/** Every operation of the document, by everybody: nobody is shown what is not theirs, and nothing of it changes by their asking. */

let house: House
let documented: readonly Operation[]
let colleague: Client
let reader: Client & { readonly id: string }
let foreigner: Client
let expired: Client
let roleClients: RoleClients

before(async () => {
  house = await openHouse()
  const { url } = house.process
  documented = await readOperations(url)
  colleague = createClient(url, (await createUser(url, house.administrator, 'colleague')).apiKey)
  const { id, apiKey } = await createUser(url, house.administrator, 'reader')
  reader = { ...createClient(url, apiKey), id }
  foreigner = createClient(url, (await foreignOperator(house)).apiKey)
  expired = createClient(url, await expiredKey(house))
  roleClients = await makeRoleClients(url, house.administrator, async (role) =>
    createClient(url, (await createUser(url, house.administrator, `only-${role}`, [role])).apiKey),
  )
})

after(() => house[Symbol.asyncDispose]())

/** Only an operator makes operators, so no route and no command makes one of another tenant: the rows do. */
async function foreignOperator({ dataDir, settings }: House): Promise<Account> {
  const account = await createTenant({ dataDir, settings }, 'foreigner')
  await using sql = await openHouseSql({ dataDir, settings })
  const roles = JSON.stringify(['admin', 'ops'])
  await sql.run('UPDATE user SET roles = ? WHERE email = ?', roles, account.email)
  await sql.run('UPDATE api_key SET scopes = ? WHERE user_id = (SELECT id FROM user WHERE email = ?)', roles, account.email)
  return account
}

/** None is made that has expired: its row says that it has. */
async function expiredKey({ administrator, dataDir, settings }: House): Promise<string> {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  const made = await administrator.ask('POST', '/v1/api-keys', { name: 'short', expiresAt })
  const { id, key } = expectJson<{ id: string; key: string }>(made, 201)
  await using sql = await openHouseSql({ dataDir, settings })
  assert.equal(await sql.run('UPDATE api_key SET expires_at = ? WHERE id = ?', Date.now() - 1_000, id), 1)
  return key
}

test('the table and the document name the same operations', () => {
  assert.deepEqual(Object.keys(operations).sort(), documented.map(({ name }) => name).sort())
})

test('what is guarded is everything below /v1 but the log-in and the reset of a password', () => {
  const open = documented.filter(({ isGuarded }) => !isGuarded).map(({ name }) => name)
  assert.deepEqual(
    open.filter((name) => name.includes('/v1/')),
    ['POST /v1/tokens', 'POST /v1/tokens/refresh', 'POST /v1/password-resets', 'POST /v1/password-resets/confirm'],
  )
})

for (const [name, known] of Object.entries(operations)) {
  test(`${name}: to each what is theirs`, async () => {
    const operation = documented.find((one) => one.name === name)
    assert.ok(operation, 'it is not in the document')
    const world = worldOf(`marker-${crypto.randomUUID()}`)
    const id = (await known.subject?.(world)) ?? ''
    await refuseUnknown(operation, known, world, id)
    for (const [who, client, status] of [
      ['colleague', colleague, known.colleague],
      ['foreigner', foreigner, known.foreigner],
    ] as const) {
      const reply = await callOperation(client, operation, id, known.call?.(world, id))
      assert.equal(reply.status, status, `${who}: ${reply.body}`)
      assertNothingTold(reply, world.marker, operation.isGuarded ? id : '', who)
    }
    const reply = await callOperation(house.administrator, operation, id, known.call?.(world, id))
    assert.equal(reply.status, known.owner, `owner, after the others: ${reply.body}`)
    if (known.tells) assert.ok(reply.body.includes(world.marker), 'the owner is told what the others were not')
  })
}

for (const [name, known] of Object.entries(guardedOperations)) {
  test(`${name}: to each role what it grants`, async () => {
    const operation = documented.find((one) => one.name === name)
    assert.ok(operation?.isGuarded, 'it is not in the document, or open')
    await tryRoles(roleClients, operation, known, worldOf(`marker-${crypto.randomUUID()}`))
  })
}

const worldOf = (marker: string): World => ({
  url: house.process.url,
  dataDir: house.dataDir,
  settings: house.settings,
  owner: house.administrator,
  ownerAccount: house.account,
  reader: reader.id,
  marker,
})

/** Without credentials, and with some that have expired. */
async function refuseUnknown(operation: Operation, known: KnownOperation, world: World, id: string): Promise<void> {
  for (const [client, code] of [
    [createClient(world.url), 'auth.credentials_missing'],
    [expired, 'auth.credentials_expired'],
  ] as const) {
    const reply = await callOperation(client, operation, id, known.call?.(world, id))
    assert.equal(reply.status, operation.isGuarded ? 401 : known.owner, `${code}: ${reply.body}`)
    if (operation.isGuarded && operation.method !== 'HEAD') assert.equal(json<Problem>(reply).code, code)
    assertNothingTold(reply, world.marker, operation.isGuarded ? id : '', code)
  }
}

function assertNothingTold({ headers, body }: Reply, marker: string, id: string, who: string): void {
  const told = `${JSON.stringify(headers)}${body}`
  assert.ok(!told.includes(marker), `${who} is told the marker: ${told}`)
  assert.ok(id === '' || !told.includes(id), `${who} is told the id: ${told}`)
}

test('an administrator of the same tenant does not see a private file either', async () => {
  const { url } = house.process
  const world = worldOf(`marker-${crypto.randomUUID()}`)
  const administrator = createClient(url, (await createUser(url, house.administrator, 'second-administrator', ['admin', 'ops'])).apiKey)
  for (const name of ['GET /v1/files/{fileId}', 'GET /v1/files/{fileId}/content', 'GET /v1/files', 'GET /v1/trash'] as const) {
    const operation = documented.find((one) => one.name === name)
    const known = operations[name]
    assert.ok(operation && known?.subject)
    const id = await known.subject(world)
    assertNothingTold(await callOperation(administrator, operation, id), world.marker, id, 'administrator')
  }
})

// What is in the trash is not shared any more.
const shareable = Object.entries(fileOperations).filter(([name]) => !/restore|trash|shares/.test(name))

for (const [name, known] of shareable) {
  test(`${name}: a user with whom it is shared looks at it as its owner does, and no more, until that is withdrawn`, async () => {
    const operation = documented.find((one) => one.name === name)
    assert.ok(operation && known.subject)
    const world = worldOf(`marker-${crypto.randomUUID()}`)
    const id = await known.subject(world)
    const { administrator: owner } = house
    const kind = (await owner.get(`/v1/files/${id}`)).status === 200 ? 'files' : 'folders'
    const ask = () => callOperation(reader, operation, id, known.call?.(world, id))
    expectJson(await owner.ask('PUT', `/v1/${kind}/${id}/shares/${reader.id}`), 200)
    const reply = await ask()
    const isRead = operation.method === 'GET' || operation.method === 'HEAD' || name.endsWith('/copy')
    assert.equal(reply.status, isRead ? known.owner : 403, reply.body.toString())
    if (known.tells && isRead) assert.ok(reply.body.includes(world.marker))
    assert.equal((await owner.ask('DELETE', `/v1/${kind}/${id}/shares/${reader.id}`)).status, 204)
    const later = await ask()
    assert.equal(later.status, known.colleague)
    assertNothingTold(later, world.marker, id, 'no reader any more')
  })
}
