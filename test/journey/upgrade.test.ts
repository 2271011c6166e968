import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type Client, createClient, expectJson } from '../service/client.ts'
import { startHoldfast } from '../service/holdfast-process.ts'
import { openHouse } from '../service/house.ts'
import { makeDatabase } from '../service/own-database.ts'
import { openPreviousRelease } from '../service/previous-release.ts'
import { runCommand } from '../service/run-command.ts'
import { auditHouse } from '../torture/audit/audit-house.ts'
import { settle } from '../torture/settle.ts'

const server = process.env['HOLDFAST_TEST_MYSQL_URL']
const previous = await openPreviousRelease()
after(() => previous?.[Symbol.asyncDispose]())

const graceMs = 3_600_000

interface Stored {
  readonly id: string
  readonly state: string
}

const put = async ({ upload }: Client, name: string) =>
  expectJson<Stored>(await upload(name, Buffer.from(`the bytes of ${name}`), { 'idempotency-key': name }), 201)
const bytesOf = async ({ get }: Client, { id }: Stored) => (await get(`/v1/files/${id}/content`)).body.toString()

/** What one writes the other reads, changes, deletes and brings back. */
async function workTogether(one: Client, other: Client, name: string): Promise<void> {
  const file = await put(one, `${name}.txt`)
  assert.equal(await bytesOf(other, file), `the bytes of ${name}.txt`)
  assert.deepEqual((await put(other, `${name}.txt`)).id, file.id, 'a retry is known to both')
  expectJson(await other.ask('PATCH', `/v1/files/${file.id}`, { tags: [name] }), 200)
  expectJson(await one.ask('DELETE', `/v1/files/${file.id}`), 202)
  expectJson(await other.ask('POST', `/v1/files/${file.id}/restore`), 200)
  expectJson(await one.get(`/v1/search?q=${name}`), 200)
  const gone = await put(one, `${name}-gone.txt`)
  expectJson(await other.ask('POST', `/v1/files/${gone.id}/erase`), 200)
}

test('the release before works beside this one on its schema, and again after a way back', {
  skip: previous === undefined && 'the history of the repository is not here',
}, async (t) => {
  t.diagnostic(`the release before is ${previous?.name}`)
  const old = [previous?.commandLine ?? '', 'run']
  await using database = server === undefined ? undefined : await makeDatabase(server)
  const settings = { MEDIA_PURGE_DELAY_SECONDS: String(graceMs / 1000), ...(database && { DATABASE_URL: database.url }) }
  await using house = await openHouse(settings, { command: old })
  const before = house.administrator
  const first = await put(before, 'first.txt')

  const migrated = await runCommand(house, 'migrate')
  assert.equal(migrated.code, 0, migrated.errors)
  await put(before, 'second.txt')

  await using upgraded = await startHoldfast({ ...house })
  const now = createClient(upgraded.url, house.account.apiKey)
  assert.equal(await bytesOf(now, first), 'the bytes of first.txt')
  await workTogether(before, now, 'older')
  await workTogether(now, before, 'newer')
  assert.deepEqual(await house.process.stop(), { code: 0, signal: null })
  await put(now, 'third.txt')

  await using back = await startHoldfast({ ...house, command: old })
  await workTogether(now, createClient(back.url, house.account.apiKey), 'back')
  assert.deepEqual(await upgraded.stop(), { code: 0, signal: null })
  assert.equal(await bytesOf(createClient(back.url, house.account.apiKey), first), 'the bytes of first.txt')
  await settle(house, 60_000, false)
  assert.deepEqual(await back.stop(), { code: 0, signal: null })
  assert.equal((await runCommand(house, 'media', 'reconcile', '--now')).code, 0)
  assert.deepEqual(await auditHouse(house, graceMs), [])
})
