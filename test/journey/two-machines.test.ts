import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { logIn } from '../service/accounts.ts'
import { createClient, expectJson } from '../service/client.ts'
import { commandLine, startHoldfast } from '../service/holdfast-process.ts'
import { openHouse } from '../service/house.ts'
import { runCommand } from '../service/run-command.ts'

/** Another machine: nothing of the first one's data folder but what is mounted. */
async function otherMachine(t: TestContext): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-other-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  return dataDir
}

test('a process with signing keys of its own does not start on the database of others, until its keys are adopted', async (t) => {
  await using house = await openHouse()
  const dataDir = await otherMachine(t)
  const settings = { DATABASE_URL: `sqlite:${house.dataDir}/holdfast.db`, STORAGE_URL: `file:${house.dataDir}/blobs`, ...house.settings }
  const start = (keysDir: string) =>
    startHoldfast({ dataDir, settings: { ...settings, JWT_KEYS_DIR: keysDir }, command: [commandLine, 'serve'] })
  const own = join(dataDir, 'keys')
  await assert.rejects(start(own), /sign with the key .* give every process the same folder/)

  const { accessToken } = await logIn(house.process.url, house.account)
  await using beside = await start(join(house.dataDir, 'keys'))
  assert.equal((await createClient(beside.url, accessToken).get('/v1/me')).status, 200)

  const copy = join(dataDir, 'copy')
  await cp(join(house.dataDir, 'keys'), copy, { recursive: true })
  for (let rotation = 0; rotation < 2; rotation++) assert.equal((await runCommand(house, 'keys', 'rotate')).code, 0)
  await assert.rejects(start(copy), /sign with the key/, 'a copy is not the folder')
  for (const { url } of [house.process, beside]) {
    while ((await keysOf(url)).length < 3) await pause(50)
    assert.equal((await createClient(url, accessToken).get('/v1/me')).status, 200, 'a token outlives two rotations')
  }

  const place = { dataDir, settings: { ...settings, JWT_KEYS_DIR: own } }
  assert.notEqual((await runCommand(place, 'keys', 'rotate')).code, 0)
  assert.equal((await runCommand(place, 'keys', 'adopt')).code, 0)
  await using adopted = await start(own)
  assert.equal(adopted.isRunning(), true)
})

const keysOf = async (url: string) =>
  expectJson<{ keys: readonly unknown[] }>(await createClient(url).get('/.well-known/jwks.json'), 200).keys

test('a process with a folder of blobs of its own does not start on the database of others, until its folder is adopted', async (t) => {
  await using house = await openHouse()
  const dataDir = await otherMachine(t)
  const place = (storageUrl: string) => ({
    dataDir,
    settings: {
      DATABASE_URL: `sqlite:${house.dataDir}/holdfast.db`,
      ...house.settings,
      JWT_KEYS_DIR: join(house.dataDir, 'keys'),
      STORAGE_URL: storageUrl,
    },
  })
  const start = (storageUrl: string) => startHoldfast({ ...place(storageUrl), command: [commandLine, 'serve'] })
  await assert.rejects(start('file:'), /is not marked as .* run `holdfast storage adopt` \(storage\.of_another_house\)/)
  assert.notEqual((await runCommand(place('file:'), 'media', 'reconcile', '--now')).code, 0, 'nor does a command find all blobs missing')

  const moved = join(dataDir, 'moved')
  await cp(join(house.dataDir, 'blobs'), moved, { recursive: true })
  await using beside = await start(`file:${moved}`)
  assert.equal(beside.isRunning(), true)

  assert.equal((await runCommand(place('file:'), 'storage', 'adopt')).code, 0)
  await using adopted = await start('file:')
  assert.equal(adopted.isRunning(), true)
  await assert.rejects(start(`file:${moved}`), /is marked as another one/)
})
