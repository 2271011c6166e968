import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testSecret } from '../live/testing/test-hub.ts'
import { headPosition } from '../live/update-log.ts'
import { startTestHub } from './test-hub-server.ts'

const aTopic = (): [string, string][] => [['topic', `/rooms/${crypto.randomUUID()}`]]

describe('publishing to the hub of ours', () => {
  test('is answered by the id, which is made where none is given, and is done once for each id', async (t) => {
    await using started = await startTestHub(t)
    const { party, holdfast } = started
    const token = await party.sign([party.publishing(['*'])])
    const topic = aTopic()
    const made = await party.post(token, topic)
    assert.deepEqual([made.status, made.headers.get('content-type')], [200, 'text/plain; charset=utf-8'])
    assert.match(await made.text(), /^urn:uuid:[0-9a-f-]{36}$/)
    const position = await headPosition(holdfast.media.read)
    for (let time = 0; time < 2; time++) {
      const given = await party.post(token, [...topic, ['id', 'urn:x'], ['data', 'one']])
      assert.deepEqual([given.status, await given.text()], [200, 'urn:x'])
    }
    assert.equal(await headPosition(holdfast.media.read), position + 1)
    const other = await party.post(token, [...topic, ['id', 'urn:x'], ['data', 'two']])
    assert.deepEqual([other.status, ((await other.json()) as { code: string }).code], [409, 'live.id_taken'])
  })

  test('needs a grant on every topic, of whoever has the secret, for this hub, and of now', async (t) => {
    await using started = await startTestHub(t)
    const { party, auth, origin, hub } = started
    const any = [party.publishing(['*'])]
    const other = 'a secret of nobody here, 32 characters'
    const { token: ours } = (await (await fetch(`${origin}/v1/events`, { headers: auth })).json()) as { token: string }
    const refused = async (token: string | undefined, status: number, challenge: RegExp, topics = aTopic()) => {
      const answer = await party.post(token, topics)
      assert.equal(answer.status, status)
      assert.match(answer.headers.get('www-authenticate') ?? '', challenge)
    }
    await refused(undefined, 401, /^Bearer realm="holdfast", resource_metadata="[^"]+\/oauth-protected-resource\/.well-known\/mercure"$/)
    const invalid = /^Bearer realm="holdfast", error="invalid_token", resource_metadata="/
    await refused('nonsense', 401, invalid)
    await refused(auth.authorization.slice('Bearer '.length), 401, invalid)
    await refused(await party.sign(any, { secret: other }), 401, invalid)
    await refused(await party.sign(any, { issuer: 'another' }), 401, invalid)
    await refused(await party.sign(any, { audience: 'https://another.example/.well-known/mercure' }), 401, invalid)
    await refused(await party.sign(any, { now: Date.now() - 3_600_000 }), 401, invalid)
    await refused(await party.sign([...any, party.publishing(['/(a+)+b'], true)]), 401, invalid)
    const insufficient = /^Bearer realm="holdfast", error="insufficient_scope", resource_metadata="/
    await refused(ours, 403, insufficient)
    await refused(await party.sign([]), 403, insufficient)
    await refused(await party.sign([party.subscribing(['*'])]), 403, insufficient)
    const one = await party.sign([party.publishing(['/rooms/1'])])
    await refused(one, 403, insufficient, [
      ['topic', '/rooms/1'],
      ['topic', '/rooms/2'],
    ])
    assert.equal((await party.post(one, [['topic', '/rooms/1']])).status, 200)
    const cookie = `__Secure-mercure_access_token=${await party.sign(any)}`
    const byCookie = await fetch(hub.url, { method: 'POST', headers: { cookie }, body: new URLSearchParams(aTopic()) })
    assert.equal(byCookie.status, 401)
  })

  test('goes on for those who sign with the secret before, while the next one takes its place', async (t) => {
    const next = 'the secret that comes after it, 32 characters'
    await using started = await startTestHub(t, 'draft-08', `${next}\n${testSecret}`)
    const { party } = started
    const topic = '/rooms/of-two-secrets'
    const events = await party.listen([topic], [topic])
    for (const secret of [testSecret, next]) {
      const answer = await party.post(await party.sign([party.publishing(['*'])], { secret }), [
        ['topic', topic],
        ['data', secret],
      ])
      assert.equal(answer.status, 200)
      assert.equal((await events.next())?.data, secret)
    }
  })

  test('refuses what would break the stream, forge an event of the hub, or is no form', async (t) => {
    await using started = await startTestHub(t)
    const { party, hub } = started
    const token = await party.sign([party.publishing(['*'])])
    const [topic] = aTopic() as [[string, string]]
    const refused: [[string, string][], number][] = [
      [[], 400],
      [[['topic', '*']], 400],
      [[topic, ['topic', 'a\nid: forged']], 400],
      [[topic, ['topic', '/.well-known/mercure/subscriptions/exact/a/b']], 400],
      [[topic, ['id', 'a\nb']], 400],
      [[topic, ['id', '#1']], 400],
      [[topic, ['id', 'earliest']], 400],
      [[topic, ['type', 'mercure']], 400],
      [[topic, ['type', 'a\u2028\u202e']], 400],
      [[topic, ['retry', '-1']], 400],
      [[topic, ['data', 'one'], ['data', 'two']], 400],
      [[topic, ['id', 'x'.repeat(300)]], 413],
      [[['topic', `/${'x'.repeat(600)}`]], 413],
      [[topic, ['data', 'x'.repeat(70_000)]], 413],
      [Array.from({ length: 21 }, () => topic), 413],
    ]
    for (const [fields, status] of refused) {
      assert.equal((await party.post(token, fields)).status, status, JSON.stringify(fields).slice(0, 200))
    }
    const send = async (type: string, body: string | Uint8Array<ArrayBuffer>) =>
      (await fetch(hub.url, { method: 'POST', body, headers: { authorization: `Bearer ${token}`, 'content-type': type } })).status
    const form = 'application/x-www-form-urlencoded'
    assert.equal(await send('application/json', '{"topic":["/a"]}'), 415)
    assert.equal(await send(form, 'topic=%FF'), 400)
    assert.equal(await send(form, new Uint8Array([0x74, 0x6f, 0x70, 0x69, 0x63, 0x3d, 0xff])), 400)
    assert.equal(await send(form, `topic=/a&data=${'x'.repeat(300_000)}`), 413)
    assert.equal(await send(form, 'topic=/a&data=100%&unknown=1&&x&__proto__=1'), 200)
  })

  test('is heard by whoever is granted it, also by an old client of an old hub', async (t) => {
    await using started = await startTestHub(t, '0.x')
    const { party, hub, auth, origin } = started
    const events = (await (await fetch(`${origin}/v1/events`, { headers: auth })).json()) as { topics: string[]; token: string }
    assert.match(events.topics[0] ?? '', /^\/live\/[0-9a-f-]+\/files\/\{fileId\}$/)
    const [tenantTopics = ''] = events.topics
    const query = new URLSearchParams([
      ['topic', tenantTopics],
      ['topic', '/forum/{?thread}'],
      ['lastEventID', 'earliest'],
    ])
    const headers = { cookie: `mercureAuthorization=${events.token}` }
    const stopping = new AbortController()
    const answer = await fetch(`${hub.url}?${query}`, { headers, signal: stopping.signal })
    assert.deepEqual([answer.status, answer.headers.get('last-event-id')], [200, 'earliest'])
    const everything = await party.listen(['*'], ['/forum/{?thread}'])
    const publisher = await party.sign([party.publishing(['*'])])
    assert.equal(
      (
        await party.post(publisher, [
          ['topic', tenantTopics.replace('{fileId}', '1')],
          ['private', ''],
        ])
      ).status,
      200,
    )
    const heard = await party.post(publisher, [
      ['topic', '/forum/?thread=7'],
      ['private', 'on'],
      ['data', 'hello'],
    ])
    const id = await heard.text()
    assert.deepEqual(await everything.until(id), [id])
    const old = { authorization: `Bearer ${await party.sign([], { claims: { mercure: null } })}` }
    assert.equal((await fetch(`${hub.url}?topic=a`, { headers: old })).status, 401)
    assert.equal((await fetch(`${hub.url}?match=a`, { headers })).status, 400)
    everything.close()
    stopping.abort()
  })
})
