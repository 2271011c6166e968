import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { insertApiKey } from '../accounts/api-key.ts'
import { type Credential, standingCredentials } from '../accounts/credential-stands.ts'
import { disableUser } from '../accounts/disable-user.ts'
import { revokeApiKey } from '../accounts/revoke-api-key.ts'
import { revokeSession, startSession } from '../accounts/session.ts'
import { openTestAccounts } from '../accounts/test-accounts.ts'
import type { Role } from '../kernel/principal.ts'
import type { Sql } from '../kernel/tx.ts'
import { createHub } from './hub.ts'

const revalidateMs = 5_000
const limits = {
  maxConnections: 10_000,
  maxConnectionsPerPrincipal: 10_000,
  maxBufferedBytes: 1_000,
  heartbeatMs: 3_600_000,
  maxLifeMs: 3_600_000,
  revalidateMs,
}

test('asks for the credentials of many subscribers at once, and ends those whose right is gone', async (t) => {
  await using house = await openHouse(t)
  const { inTransaction, administrator, addUser, sessionOf, keyOf, listen, round } = house
  const { userId } = await addUser('ann@example.org', ['viewer'])
  const disabled = await addUser('bob@example.org', ['viewer'])
  const rightless = await addUser('eve@example.org', ['editor'])
  const sessions = await inTransaction((tx) => Promise.all(Array.from({ length: 200 }, () => sessionOf(tx, userId))))
  const keys = await inTransaction((tx) => Promise.all(Array.from({ length: 95 }, () => keyOf(tx, userId))))
  const expiring = await inTransaction((tx) => keyOf(tx, userId, { expiresAt: tx.now + 2 * revalidateMs }))
  const held = await inTransaction(async (tx) => [
    await sessionOf(tx, disabled.userId),
    await keyOf(tx, disabled.userId),
    await sessionOf(tx, rightless.userId),
    await keyOf(tx, rightless.userId, { scopes: ['editor'] }),
  ])
  const credentials = [...sessions, ...keys, expiring, ...held]
  assert.equal(credentials.length, 300)
  const listeners = await Promise.all(Array.from({ length: 1_000 }, (_, at) => listen(credentials[at % 300])))
  const shared = await listen(undefined)
  const endedOf = (gone: readonly (Credential | undefined)[]) =>
    listeners.filter(({ isEnded, credential }) => isEnded() !== gone.includes(credential))

  assert.equal(await round(), 4, 'two batches, each with sessions and keys')
  assert.deepEqual(endedOf([]), [])

  const [session, key] = [sessions[150], keys[94]]
  assert.ok(session && key)
  await inTransaction(async (tx) => {
    await revokeSession(tx, session.credentialId)
    await revokeApiKey(tx, administrator, key.credentialId)
    await tx.sql.run('UPDATE user SET roles = \'["ops"]\' WHERE id = ?', [rightless.userId])
  })
  await inTransaction((tx) => disableUser(tx, administrator, disabled.userId))
  await round()
  assert.deepEqual(endedOf([session, key, expiring, ...held]), [])
  assert.equal(shared.isEnded(), false, 'of another system nothing is known')
})

test('a database that fails ends nobody, and the next round asks again', async (t) => {
  await using house = await openHouse(t)
  const { inTransaction, administrator, sessionOf, listen, round, fail } = house
  const [gone, staying] = await inTransaction(async (tx) => [
    await sessionOf(tx, administrator.userId),
    await sessionOf(tx, administrator.userId),
  ])
  assert.ok(gone && staying)
  const [one, other] = [await listen(gone), await listen(staying)]
  await inTransaction((tx) => revokeSession(tx, gone.credentialId))
  fail(() => Promise.reject(new Error('the database is away')))
  await round()
  assert.deepEqual([one.isEnded(), other.isEnded()], [false, false])
  fail(undefined)
  await round()
  assert.deepEqual([one.isEnded(), other.isEnded()], [true, false])
})

test('a database that does not answer keeps no token from expiring', { timeout: 20_000 }, async (t) => {
  await using house = await openHouse(t)
  const { inTransaction, administrator, sessionOf, listen, fail, advance, asked } = house
  const credential = await inTransaction((tx) => sessionOf(tx, administrator.userId))
  const [expiring, staying] = [await listen(credential, revalidateMs + 1), await listen(credential)]
  const silence = Promise.withResolvers<void>()
  fail(() => silence.promise)
  advance(revalidateMs)
  while (asked() === 0) await sleep(10)
  advance(1)
  // As many looks as a test can wait for.
  for (let look = 0; look < 300 && !expiring.isEnded(); look++) await sleep(10)
  silence.resolve()
  assert.deepEqual([expiring.isEnded(), staying.isEnded()], [true, false])
})

type InTransaction = Awaited<ReturnType<typeof openTestAccounts>>['inTransaction']
type Tx = Parameters<Parameters<InTransaction>[0]>[0]

/** A hub that asks a real database, which may be made to fail first. Time stands still but for `round`, which answers how many statements it took. */
async function openHouse(t: TestContext) {
  const house = await openTestAccounts(t)
  const { read, clock, advance } = house
  let statements = 0
  let rounds = 0
  let failure: (() => Promise<void>) | undefined
  const counted: Sql = {
    ...read,
    all: (...given) => {
      statements += 1
      return read.all(...given)
    },
    get: () => assert.fail('one at a time'),
  }
  let answered = Promise.withResolvers<void>()
  const hub = createHub({
    ...{ read, clock, limits },
    standing: async (credentials) => {
      rounds += 1
      assert.ok(credentials.length <= 256)
      await failure?.()
      return standingCredentials({ read: counted, clock }, credentials, 'read')
    },
    log: { warn: () => answered.resolve() },
  })
  const stop = new AbortController()
  const running = hub.run(stop.signal)
  const { tenantId } = house.administrator
  return {
    ...house,
    asked: () => rounds,
    fail: (way: typeof failure) => {
      failure = way
    },
    round: async () => {
      const before = statements
      answered = Promise.withResolvers()
      // Whether it is through shows in one who is ended by it, and was let in last.
      const marker = await listenTo(hub, clock, { userId: 'nobody', via: 'token', credentialId: 'nobody' })
      advance(revalidateMs)
      await Promise.race([marker.ended, answered.promise])
      marker.close()
      return statements - before
    },
    listen: (credential: Credential | undefined, lifeMs?: number) => listenTo(hub, clock, credential, lifeMs),
    sessionOf: async (tx: Tx, userId: string): Promise<Credential> => {
      const { sessionId } = await startSession(tx, userId, { network: '192.0.2.1', client: undefined })
      return { userId, via: 'token', credentialId: sessionId }
    },
    keyOf: async (tx: Tx, userId: string, { scopes = ['viewer'], expiresAt = null }: KeyWishes = {}): Promise<Credential> => {
      const { id } = await insertApiKey(tx, {
        ...{ tenantId, userId, scopes, expiresAt, actor: userId },
        name: 'a key',
        key: `hf_${crypto.randomUUID()}`,
      })
      return { userId, via: 'api-key', credentialId: id }
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await running
    },
  }
}

interface KeyWishes {
  readonly scopes?: readonly Role[]
  readonly expiresAt?: number | null
}

async function listenTo(hub: ReturnType<typeof createHub>, clock: () => number, credential: Credential | undefined, lifeMs = 3_000_000) {
  const ended = Promise.withResolvers<void>()
  let isEnded = false
  const end = () => {
    isEnded = true
    ended.resolve()
  }
  const stream = { write: () => undefined, bufferedBytes: () => 0, drained: async () => undefined, end }
  const asked = { principal: 'p', credential, matchers: [], grants: [], payloadOf: () => undefined, expiresAt: clock() + lifeMs }
  const { close } = await hub.subscribe(asked, () => stream)
  return { credential, close, ended: ended.promise, isEnded: () => isEnded }
}
