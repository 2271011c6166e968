import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignJWT, UnsecuredJWT } from 'jose'
import { createAccessTokens } from './access-tokens.ts'
import { generateSigningKey } from './signing-keys.ts'
import { failure, keysInMemory, logInFrom, openTestAccounts } from './test-accounts.ts'

test('nothing is missing credentials, and anything else is invalid ones', async (t) => {
  const house = await openTestAccounts(t)
  for (const text of [undefined, '']) await assert.rejects(house.authenticate(text), failure('auth.credentials_missing', 'unauthenticated'))
  const junk = [
    'x',
    'a.b.c',
    '...',
    'hf_',
    `hf_${'x'.repeat(43)}`,
    `hf_${'x'.repeat(44)}`,
    'x'.repeat(5_000),
    '\0',
    '🐈',
    house.credentials.password,
  ]
  for (const text of junk) await assert.rejects(house.authenticate(text), failure('auth.credentials_invalid', 'unauthenticated'))
})

test('a token is refused with another key, issuer, audience, type, algorithm or a changed claim', async (t) => {
  const house = await openTestAccounts(t)
  const { accessToken } = await logInFrom(house, house.credentials)
  const good = await house.authenticate(accessToken)
  const key = await house.keys.current()
  const iat = Math.floor(house.clock() / 1000)
  const claims = { sid: good.credentialId, sub: good.userId, iss: 'https://media.example', aud: 'holdfast', iat, exp: iat + 60 }
  const header = { alg: 'EdDSA', kid: key.kid, typ: 'at+jwt' }
  const make = (payload = {}, head = {}, privateKey = key.privateKey) =>
    new SignJWT({ ...claims, ...payload }).setProtectedHeader({ ...header, ...head }).sign(privateKey)
  await house.authenticate(await make())
  const stranger = await generateSigningKey()
  const [head = '', , signature = ''] = accessToken.split('.')
  const forged = [
    await make({}, {}, stranger.privateKey),
    await make({}, { kid: stranger.kid }, stranger.privateKey),
    await make({}, { kid: '' }),
    await make({ iss: 'https://other.example' }),
    await make({ aud: 'another' }),
    await make({}, { typ: 'JWT' }),
    await make({ sid: 'none' }),
    await make({ sid: good.userId }),
    await make({ exp: undefined }),
    new UnsecuredJWT(claims).encode(),
    `${head}.${Buffer.from(JSON.stringify({ ...claims, roles: ['admin'] })).toString('base64url')}.${signature}`,
    accessToken.slice(0, -4),
  ]
  for (const token of forged) await assert.rejects(house.authenticate(token), failure('auth.credentials_invalid'), token)
  await assert.rejects(house.authenticate(await make({ exp: iat })), failure('auth.credentials_expired'))
})

test('a remembered token still expires, and ends with its key', async (t) => {
  const house = await openTestAccounts(t)
  const older = await generateSigningKey()
  const signingKeys = [older]
  const accessTokens = createAccessTokens({
    keys: keysInMemory(signingKeys),
    issuer: 'https://media.example',
    audience: 'holdfast',
    ttlSeconds: 60,
    clock: house.clock,
  })
  const { accessToken } = await logInFrom({ ...house, accessTokens }, house.credentials)
  await accessTokens.verify(accessToken)
  signingKeys.unshift(await generateSigningKey())
  await accessTokens.verify(accessToken)
  house.advance(59_000)
  await accessTokens.verify(accessToken)
  house.advance(1_000)
  await assert.rejects(accessTokens.verify(accessToken), failure('auth.credentials_expired'))
  const second = await logInFrom({ ...house, accessTokens }, house.credentials)
  await accessTokens.verify(second.accessToken)
  signingKeys.shift()
  await assert.rejects(accessTokens.verify(second.accessToken), failure('auth.credentials_invalid'))
})
