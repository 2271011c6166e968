import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { SignJWT, UnsecuredJWT } from 'jose'
import { generateSigningKey } from '../accounts/signing-keys.ts'
import { createLiveTokens } from './live-tokens.ts'
import { protocolOf, testSecret } from './testing/test-hub.ts'

const hubUrl = 'https://hub.example/.well-known/mercure'
const secret = new TextEncoder().encode(testSecret)
const now = Date.parse('2026-11-20T12:00:00Z')
const nowSeconds = now / 1000
const subject = { userId: crypto.randomUUID(), via: 'token', credentialId: crypto.randomUUID() } as const

async function open(version: 'draft-08' | '0.x', secrets: readonly Uint8Array[] = [secret]) {
  const [newest, ...before] = secrets
  const current = await generateSigningKey()
  const publicKey = createPublicKey(current.privateKey)
  const keys = {
    current: async () => current,
    valid: () => assert.fail('nobody asks'),
    findPublicKey: async (kid: string) => (kid === current.kid ? publicKey : undefined),
  }
  const tokens = createLiveTokens({
    ...{ protocol: protocolOf(version), keys, issuer: 'holdfast', audience: 'holdfast-live', ttlMs: 60_000, clock: () => now },
    shared: newest && { issuer: 'forum', keys: [newest, ...before] },
  })
  return { ...tokens, current, publicKey }
}

const claims = { iss: 'forum', aud: hubUrl, sub: 'a-party', exp: nowSeconds + 60 }
const sign = (changes: Record<string, unknown> = {}, typ = 'at+jwt', key: Uint8Array = secret) =>
  new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'HS256', typ }).sign(key)

describe('tokens for the hub of ours', () => {
  test('say whose they are, and when they end', async () => {
    const { issue, verify } = await open('draft-08')
    const { token, expiresAt } = await issue(subject, ['/a/:b'])
    const ours = await verify(token, hubUrl)
    assert.deepEqual([ours.principal, ours.subject, ours.expiresAt], [subject.userId, subject, expiresAt])
    assert.equal(expiresAt, now + 60_000)
    assert.deepEqual([ours.grants.publish.length, ours.grants.subscribe[0]?.matches('/a/1')], [0, true])
    const theirs = await verify(await sign(), hubUrl)
    assert.deepEqual([theirs.principal, theirs.subject, theirs.expiresAt], ['shared:a-party', undefined, now + 60_000])
  })

  test('are refused where they are of another kind, key, time, issuer or hub', async () => {
    const { verify, publicKey, current } = await open('draft-08')
    const refused = (token: string, code = 'auth.credentials_invalid') => assert.rejects(verify(token, hubUrl), { code })
    await refused(await sign({}, 'JWT'))
    await refused(await sign({ iss: 'holdfast' }))
    await refused(await sign({ aud: 'https://another.example' }))
    await refused(await sign({ exp: undefined }))
    await refused(await sign({ nbf: nowSeconds + 60 }))
    await refused(await sign({ exp: nowSeconds - 1 }), 'auth.credentials_expired')
    await refused(await sign({ authorization_details: [{ type: 'https://mercure.rocks/authorization-detail' }] }))
    await refused(await sign({ iss: 'holdfast', aud: 'holdfast-live' }, 'at+jwt', publicKey.export({ format: 'der', type: 'spki' })))
    await refused(new UnsecuredJWT(claims).encode())
    await refused('no.token.at-all')
    const asShared = new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: current.kid })
    await refused(await asShared.sign(current.privateKey))
    const { verify: withoutSecret } = await open('draft-08', [])
    await assert.rejects(withoutSecret(await sign(), hubUrl), { code: 'auth.credentials_invalid' })
  })

  test('are taken by every process while one secret takes the place of another, and of the old one by none after that', async () => {
    const next = new TextEncoder().encode('the next secret of the tests, as long')
    // Both processes are replaced one after the other, twice; those who sign change in between.
    const [before, between, after] = await Promise.all([[secret], [next, secret], [next]].map((secrets) => open('draft-08', secrets)))
    const expired = await sign({ exp: nowSeconds - 1 })
    for (const process of [before, between]) assert.equal((await process?.verify(await sign(), hubUrl))?.principal, 'shared:a-party')
    for (const process of [between, after])
      assert.equal((await process?.verify(await sign({}, 'at+jwt', next), hubUrl))?.principal, 'shared:a-party')
    await assert.rejects(async () => between?.verify(expired, hubUrl), { code: 'auth.credentials_expired' })
    await assert.rejects(async () => after?.verify(await sign(), hubUrl), { code: 'auth.credentials_invalid' })
    const others = new TextEncoder().encode('x'.repeat(32))
    for (const process of [before, between, after])
      await assert.rejects(async () => process?.verify(await sign({}, 'at+jwt', others), hubUrl), { code: 'auth.credentials_invalid' })
  })

  test('of an old client need no end and name no hub, but are signed all the same', async () => {
    const { verify, issue } = await open('0.x')
    const old = { iss: undefined, aud: undefined, sub: undefined, exp: undefined, mercure: { publish: ['*'], subscribe: null } }
    const holder = await verify(await sign(old, 'JWT'), hubUrl)
    assert.deepEqual([holder.expiresAt, holder.grants.publish.length, holder.grants.subscribe.length], [Number.POSITIVE_INFINITY, 1, 0])
    assert.equal((await verify((await issue(subject, ['/a/{b}'])).token, hubUrl)).grants.subscribe[0]?.matches('/a/1'), true)
    await assert.rejects(verify(await sign(old, 'JWT', new TextEncoder().encode('x'.repeat(32))), hubUrl), {
      code: 'auth.credentials_invalid',
    })
    await assert.rejects(verify(await sign({ ...old, mercure: { publish: [7] } }, 'JWT'), hubUrl), { code: 'auth.credentials_invalid' })
  })
})
