import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInProcessRateLimiter } from '../adapters/in-process/in-process-rate-limiter.ts'
import { networkOf, type RequestLimits } from './rate-limits.ts'
import { startTestServer } from './test-server.ts'

const of = (name: string, quota: number) => ({ name, quota, windowSeconds: 3600 })
const limits = (rest: Partial<RequestLimits>): { requestLimits: RequestLimits } => ({
  requestLimits: { limiter: createInProcessRateLimiter(), byPrincipal: undefined, byAddress: undefined, ...rest },
})

test('a principal is told what is left, and refused with what to wait for; health and metrics go on', async (t) => {
  const limiter = createInProcessRateLimiter(() => 0)
  const { app, auth } = await startTestServer(t, limits({ limiter, byPrincipal: of('principal', 2) }))
  const ask = () => app.inject({ url: '/v1/files', headers: auth })
  const first = await ask()
  assert.equal(first.headers['ratelimit-policy'], '"principal";q=2;w=3600')
  assert.match(String(first.headers['ratelimit']), /^"principal";r=1;t=1800$/)
  await ask()
  const refused = await ask()
  assert.equal(refused.statusCode, 429)
  assert.equal(refused.headers['retry-after'], '1800')
  assert.equal(refused.headers['ratelimit'], '"principal";r=0;t=1800')
  assert.equal(refused.json().code, 'request.rate_limited')
  assert.deepEqual(refused.json()['violated-policies'], ['principal'])
  for (const url of ['/livez', '/readyz', '/startupz', '/metrics', '/openapi.json', '/.well-known/jwks.json']) {
    const { statusCode, headers } = await app.inject({ url })
    assert.deepEqual([statusCode, headers['ratelimit']], [200, undefined], url)
  }
})

test('what was refused has had no effect, and its Idempotency-Key is free when there is room again', async (t) => {
  let nowMs = 0
  const limiter = createInProcessRateLimiter(() => nowMs)
  const { app, auth } = await startTestServer(t, limits({ limiter, byPrincipal: of('principal', 1) }))
  const make = (key: string) =>
    app.inject({ method: 'POST', url: '/v1/folders', headers: { ...auth, 'idempotency-key': key }, payload: { name: 'one' } })
  assert.equal((await app.inject({ url: '/v1/folders', headers: auth })).statusCode, 200)
  assert.equal((await make('"key"')).statusCode, 429)
  nowMs += 3_600_000
  const made = await make('"key"')
  nowMs += 3_600_000
  const again = await make('"key"')
  assert.deepEqual([made.statusCode, again.statusCode, again.headers['idempotent-replayed']], [201, 201, 'true'])
  assert.equal(again.body, made.body)
})

test('who is not known is counted by address: log-ins and refused credentials, and nobody who is known', async (t) => {
  const proxy = { trustedProxies: ['127.0.0.1'] }
  const { app, auth } = await startTestServer(t, { ...limits({ byAddress: of('address', 3) }), ...proxy })
  const from = (address: string) => ({ 'x-forwarded-for': address })
  const logIn = (address: string) =>
    app.inject({ method: 'POST', url: '/v1/tokens', headers: from(address), payload: { email: 'a@b.example', password: 'wrong' } })
  const guess = (address: string) => app.inject({ url: '/v1/files', headers: { ...from(address), authorization: 'Bearer hf_guess' } })
  const statuses = [await logIn('192.0.2.1'), await guess('192.0.2.1'), await guess('192.0.2.1'), await guess('192.0.2.1')]
  assert.deepEqual(
    statuses.map(({ statusCode }) => statusCode),
    [401, 401, 401, 429],
  )
  assert.equal((await logIn('192.0.2.1')).statusCode, 429)
  assert.equal((await logIn('192.0.2.2')).headers['ratelimit'], '"address";r=2;t=1200')
  assert.equal((await app.inject({ url: '/v1/files', headers: { ...auth, ...from('192.0.2.1') } })).statusCode, 200)
})

test('nobody but a trusted proxy says whose address it is', async (t) => {
  const { app } = await startTestServer(t, limits({ byAddress: of('address', 1) }))
  const guess = (address: string) => app.inject({ url: '/v1/files', headers: { 'x-forwarded-for': address } })
  assert.deepEqual([(await guess('192.0.2.1')).statusCode, (await guess('192.0.2.2')).statusCode], [401, 429])
})

test('an IPv6 address counts with the network it is in', () => {
  const cases = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:0:7::1', '2001:db8:0:7'],
    ['2001:0db8:0000:0007:ffff::', '2001:db8:0:7'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4'],
  ] as const
  for (const [ip, network] of cases) assert.equal(networkOf(ip), network)
})

test('a device that has logged in is known again by its cookie, when others guess in its network', async (t) => {
  const { app, first } = await startTestServer(t, { publicUrl: 'https://media.example' })
  const logIn = (password: string, cookie = '') =>
    app.inject({ method: 'POST', url: '/v1/tokens', headers: { cookie }, payload: { email: first.email, password } })
  const cookie = String((await logIn(first.password)).headers['set-cookie'])
  assert.match(cookie, /^holdfast_device=\S+; Path=\/v1\/tokens; Max-Age=15552000; HttpOnly; SameSite=Strict; Secure$/)
  for (let guess = 0; guess < 10; guess++) assert.equal((await logIn('wrong')).statusCode, 401)
  const [device = ''] = cookie.split('; ')
  const statuses = [await logIn(first.password), await logIn(first.password, `theme=dark; ${device}`)].map(({ statusCode }) => statusCode)
  assert.deepEqual(statuses, [429, 200])
})

test('a device shows its cookie also where the service is below a path of another', async (t) => {
  const { app, first } = await startTestServer(t, { publicUrl: 'https://house.example/media' })
  const answer = await app.inject({ method: 'POST', url: '/v1/tokens', payload: { email: first.email, password: first.password } })
  assert.match(String(answer.headers['set-cookie']), /; Path=\/media\/v1\/tokens; /)
})
