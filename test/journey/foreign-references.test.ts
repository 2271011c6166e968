import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createTenant, createUser, logIn } from '../service/accounts.ts'
import { type Client, createClient, expectJson, type Problem } from '../service/client.ts'
import { type House, openHouse } from '../service/house.ts'
import { json, type Reply } from '../service/send.ts'
import { takeSnapshot } from '../service/snapshot.ts'
import { formOf, formType } from '../torture/multipart.ts'

/** What is not theirs may also be named in a body, a filter or a cursor. There too it is unknown. */

interface Made {
  readonly id: string
}

const inside = [{ name: 'inside', bytes: Buffer.from('inside') }]
const secretName = 'secret-name.txt'
let house: House
let folderId: string
let fileId: string
let ownerId: string
let others: Readonly<Record<'colleague' | 'foreigner', Client>>

before(async () => {
  house = await openHouse({ JWT_TTL_SECONDS: '5' })
  const { administrator: owner, process: holdfast } = house
  ownerId = expectJson<Made>(await owner.get('/v1/me'), 200).id
  folderId = expectJson<Made>(await owner.ask('POST', '/v1/folders', { name: 'secret-folder' }), 201).id
  fileId = expectJson<Made>(await owner.upload(secretName, Buffer.from('secret bytes')), 201).id
  for (const path of [`/v1/folders/${folderId}`, `/v1/files/${fileId}`]) expectJson(await owner.ask('PATCH', path, { private: true }), 200)
  others = {
    colleague: createClient(holdfast.url, (await createUser(holdfast.url, owner, 'colleague')).apiKey),
    foreigner: createClient(holdfast.url, (await createTenant(house, 'foreigner')).apiKey),
  }
})

after(() => house[Symbol.asyncDispose]())

for (const who of ['colleague', 'foreigner'] as const) {
  test(`${who}: nothing of theirs can be put into a folder that is not theirs`, async () => {
    const other = others[who]
    const own = {
      file: expectJson<Made>(await other.upload(`of-${who}`, Buffer.from('own')), 201).id,
      folder: expectJson<Made>(await other.ask('POST', '/v1/folders', { name: `folder-of-${who}` }), 201).id,
    }
    const before = await takeSnapshot(house)
    for (const reply of [
      await other.ask('PATCH', `/v1/files/${own.file}`, { folderId }),
      await other.ask('POST', `/v1/files/${own.file}/copy`, { folderId, name: 'copy' }),
      await other.ask('PATCH', `/v1/folders/${own.folder}`, { parentId: folderId }),
      await other.ask('POST', '/v1/folders', { parentId: folderId, name: 'inside' }),
      await other.send({ method: 'POST', path: `/v1/files?name=inside&folder=${folderId}`, body: Buffer.from('inside') }),
      await other.send({ method: 'POST', path: '/v1/files', headers: { 'content-type': formType }, body: formOf(inside, folderId) }),
    ]) {
      assert.equal(reply.status, 404, reply.body.toString())
      assert.equal(json<Problem>(reply).code, 'folder.unknown')
      assertNothingTold(reply)
    }
    assert.deepEqual(await takeSnapshot(house), before)
  })

  test(`${who}: a filter that names what is not theirs finds nothing`, async () => {
    for (const path of [
      `/v1/files?folder=${folderId}`,
      `/v1/files?name=${secretName}`,
      `/v1/folders?parent=${folderId}`,
      `/v1/api-keys?user=${ownerId}`,
      `/v1/ops/audit?subjectId=${fileId}`,
    ]) {
      const reply = await others[who].get(path)
      assert.ok(reply.status === 403 || json<{ items: unknown[] }>(reply).items.length === 0, `${path}: ${reply.body}`)
      assertNothingTold(reply)
    }
  })

  test(`${who}: a cursor of the owner leads to nothing of the owner's`, async () => {
    for (const name of ['a-first.txt', 'z-last.txt']) {
      const { id } = expectJson<Made>(await house.administrator.upload(`${who}-${name}`, Buffer.from('private')), 201)
      expectJson(await house.administrator.ask('PATCH', `/v1/files/${id}`, { private: true }), 200)
    }
    const { next } = expectJson<{ next: string | null }>(await house.administrator.get('/v1/files?sort=name&limit=1'), 200)
    assert.ok(next !== null)
    const reply = await others[who].get(`/v1/files?sort=name&limit=1000&cursor=${encodeURIComponent(next)}`)
    for (const { private: isPrivate } of expectJson<{ items: { private: boolean }[] }>(reply, 200).items) assert.ok(!isPrivate)
    assertNothingTold(reply)
  })

  test(`${who}: a name that only a private file has is free`, async () => {
    expectJson(await others[who].upload(secretName, Buffer.from('another')), 201)
  })
}

function assertNothingTold({ headers, body }: Reply): void {
  const told = `${JSON.stringify(headers)}${body}`
  for (const secret of [fileId, folderId, secretName, 'secret-folder']) assert.ok(!told.includes(secret), told)
}

test('an access token that has expired, or was altered, opens nothing', async () => {
  const { url } = house.process
  const { accessToken } = await logIn(url, house.account)
  const [head, claims = '', signature] = accessToken.split('.')
  const decoded = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp: number }
  const later = Buffer.from(JSON.stringify({ ...decoded, exp: decoded.exp + 3_600 })).toString('base64url')
  while (Date.now() <= (decoded.exp + 1) * 1000) await pause(100)
  for (const [token, code] of [
    [accessToken, 'auth.credentials_expired'],
    [`${head}.${later}.${signature}`, 'auth.credentials_invalid'],
    [`${head}.${later}.`, 'auth.credentials_invalid'],
    [`${Buffer.from('{"alg":"none"}').toString('base64url')}.${later}.`, 'auth.credentials_invalid'],
  ] as const) {
    const reply = await createClient(url, token).get(`/v1/files/${fileId}`)
    assert.equal(reply.status, 401)
    assert.equal(json<Problem>(reply).code, code)
  }
})
