import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { firstWords } from '../../tools/servers/first-words.ts'
import { startRedis } from '../../tools/servers/redis.ts'
import { askDoctor } from '../service/ask-doctor.ts'
import { makeAuthority } from '../service/authority.ts'
import { type Client, expectJson } from '../service/client.ts'
import { type House, openHouse } from '../service/house.ts'
import { readyPart, untilPartIs } from '../service/readiness.ts'
import { openTlsFront } from '../service/tls-front.ts'
import { namesAt, tellLoad, underLoad } from '../service/under-load.ts'

const url = process.env['HOLDFAST_TEST_REDIS_URL'] ?? ''
const skip = url === '' && 'no HOLDFAST_TEST_REDIS_URL'

/** Two processes on one database. */
async function openTwo(house: House): Promise<readonly [Client, Client]> {
  const first = house.administrator
  await house.restart()
  return [first, house.administrator]
}

/** Of one process. */
async function countOf(client: Client, series: string): Promise<number> {
  const lines = (await client.get('/metrics')).body.toString().split('\n')
  return Number(lines.find((line) => line.startsWith(`${series} `))?.slice(series.length) ?? 0)
}

test('two processes find the listings of each other, and count together', { skip }, async () => {
  await using house = await openHouse({ REDIS_URL: url, HTTP_MAX_REQUESTS_PER_MINUTE: '120' })
  const [one, another] = await openTwo(house)
  const { id } = expectJson<{ id: string }>(await one.ask('POST', '/v1/folders', { name: 'harbour' }), 201)
  const children = `/v1/folders/${id}/children`
  const found = (client: Client) => countOf(client, 'holdfast_cache_lookups_total{outcome="found"}')
  while ((await found(one)) === 0) assert.deepEqual(await namesAt(one, children), [])
  await untilPartIs(another, 'redis', 'up')
  assert.deepEqual(await namesAt(another, children), [])
  const missed = (client: Client, call: string) =>
    Promise.all(
      ['failed', 'skipped'].map((outcome) =>
        countOf(client, `holdfast_part_calls_total{part="redis",call="${call}",outcome="${outcome}"}`),
      ),
    )
  // A machine that is very busy may not let Redis answer in time: then a process keeps by itself.
  const kept = await Promise.all([missed(another, 'get'), missed(one, 'put'), missed(one, 'get')])
  assert.ok((await found(another)) === 1 || sum(kept.flat()) > 0)
  expectJson(await another.ask('POST', '/v1/folders', { name: 'inside', parentId: id }), 201)
  for (const client of [one, another, one]) assert.deepEqual(await namesAt(client, children), ['inside'])

  const startedAt = performance.now()
  let allowed = 0
  while ((await [one, another][allowed % 2]?.get('/v1/me'))?.status === 200) allowed++
  const regained = Math.ceil((performance.now() - startedAt) / 500)
  // So too it counts by itself.
  const alone = sum([...(await missed(one, 'take')), ...(await missed(another, 'take'))])
  assert.ok(allowed <= 120 + regained + alone, `${allowed} of 120 a minute, ${regained} regained, ${alone} counted alone`)
})

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

test('what changed while Redis was away is not undone by what it still holds', { skip }, async () => {
  await using server = await startRedis()
  await using house = await openHouse({ REDIS_URL: server.url })
  const { administrator } = house
  await untilPartIs(administrator, 'redis', 'up')
  const names = () => namesAt(administrator, '/v1/folders/root/children')
  assert.equal((await administrator.get('/v1/me')).headers['ratelimit'], undefined, 'in test nothing is limited but on purpose')
  assert.deepEqual(await names(), [])
  assert.match((await firstWords(Number(new URL(server.url).port), 'SAVE\r\n')) ?? '', /OK/)
  await server.kill()
  expectJson(await administrator.ask('POST', '/v1/folders', { name: 'meanwhile' }), 201)
  assert.deepEqual(await names(), ['meanwhile'])
  await server.start()
  await untilPartIs(administrator, 'redis', 'up')
  for (let look = 0; look < 2; look++) assert.deepEqual(await names(), ['meanwhile'])
})

test('Redis killed, stalled and refusing under load: nothing fails, who wrote reads it, and it is back by itself', { skip }, async (t) => {
  await using server = await startRedis()
  await using house = await openHouse({ REDIS_URL: server.url, HTTP_MAX_REQUESTS_PER_MINUTE: '1000000' })
  const { administrator } = house
  await untilPartIs(administrator, 'redis', 'up')
  const say = (words: string) => firstWords(Number(new URL(server.url).port), `${words}\r\n`)
  const faults = {
    none: [async () => undefined, async () => undefined],
    killed: [server.kill, server.start],
    stalled: [server.stall, server.resume],
    refusing: [() => say('CONFIG SET maxmemory 1'), () => say('CONFIG SET maxmemory 0')],
  } as const
  for (const [fault, [begin, end]] of Object.entries(faults)) {
    const load = underLoad(administrator, 1_500)
    await pause(300)
    await begin()
    tellLoad(t, fault, await load)
    if (fault !== 'none') {
      // Where the machine stood still for as long as the load was to last, those who come later find out.
      while ((await readyPart(administrator, 'redis'))?.status !== 'down') await underLoad(administrator, 200)
      assert.equal((await readyPart(administrator, 'redis'))?.required, false, fault)
    }
    await end()
    await untilPartIs(administrator, 'redis', 'up')
  }
  const metrics = (await administrator.get('/metrics')).body.toString()
  for (const outcome of ['done', 'failed', 'skipped']) {
    const counted = new RegExp(`holdfast_part_calls_total{part="redis",call="\\w+",outcome="${outcome}"} [1-9]`)
    assert.ok(counted.test(metrics), outcome)
  }
})

test('the doctor says what is wrong with it, and a wrong address is a wrong setting', { skip }, async () => {
  await using house = await openHouse()
  const doctor = async (address: string) => {
    const settings = { ...house.settings, REDIS_URL: address }
    return askDoctor({ dataDir: house.dataDir, settings })
  }
  const expected: [string, RegExp][] = [
    [url, /redis +connected, wrote and asked in \d+ ms/],
    ['redis://127.0.0.1:9', /redis +Redis cannot be used \(ECONNREFUSED\)[\s\S]*check REDIS_URL/],
    [url.replace('//', '//nobody:canary@'), /redis +Redis cannot be used \(WRONGPASS/],
    [`${url}/0?cacertfile=/nowhere`, /REDIS_URL[\s\S]*cacertfile belongs to an address of rediss/],
  ]
  // One after the other: Redis has little time to answer.
  for (const [address, says] of expected) assert.match(await doctor(address), says)
})

test('Redis is spoken to by TLS, and only where its certificate is of the authority that is named', { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-redis-'))
  t.after(() => rm(folder, { recursive: true }))
  const [ours, another] = [await makeAuthority(folder, 'ours'), await makeAuthority(folder, 'another')]
  await using front = await openTlsFront(url, await ours.certify('localhost', folder))
  const doctor = async (address: string) => {
    const place = { dataDir: join(folder, crypto.randomUUID()), settings: { REDIS_URL: address } }
    return askDoctor(place)
  }
  const expected: [string, RegExp][] = [
    [`rediss://localhost:${front.port}?cacertfile=${ours.ca}`, /redis +connected, wrote and asked/],
    [`rediss://localhost:${front.port}?cacertfile=${another.ca}`, /redis +Redis cannot be used .*certificate/],
    [`rediss://localhost:${front.port}`, /redis +Redis cannot be used .*(certificate|CERT)/],
    [`rediss://127.0.0.1:${front.port}?cacertfile=${ours.ca}`, /redis +Redis cannot be used .*ERR_TLS_CERT_ALTNAME_INVALID/],
    [`redis://localhost:${front.port}`, /redis +Redis cannot be used/],
  ]
  // One after the other: Redis has little time to answer.
  for (const [address, says] of expected) assert.match(await doctor(address), says)
})
