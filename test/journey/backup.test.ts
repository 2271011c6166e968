import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Holdfast, openHoldfast } from '../../apps/media/src/main/app.ts'
import { checkBackup } from '../../apps/media/src/main/backup/check-backup.ts'
import { createBackup } from '../../apps/media/src/main/backup/create-backup.ts'
import { restoreBackup } from '../../apps/media/src/main/backup/restore-backup.ts'
import { parseConfig } from '../../apps/media/src/main/config.ts'
import { reconcileHouse } from '../../apps/media/src/main/reconcile-house.ts'
import { logIn } from '../service/accounts.ts'
import { assertSameContent, sumsOf } from '../service/backup-content.ts'
import { type Client, createClient, expectJson } from '../service/client.ts'
import { commandLine, environment, startHoldfast } from '../service/holdfast-process.ts'
import { openHouse } from '../service/house.ts'
import { type HousePlace, openHouseSql } from '../service/house-sql.ts'
import { containerOf, makeContainer } from '../service/own-container.ts'
import { makeDatabase } from '../service/own-database.ts'
import { runCommand } from '../service/run-command.ts'
import { cannotMount } from '../service/small-disk.ts'
import { auditHouse } from '../torture/audit/audit-house.ts'
import { settle } from '../torture/settle.ts'

const { HOLDFAST_TEST_MYSQL_URL: server, HOLDFAST_TEST_AZURE_BLOB_URL: azure } = process.env
const graceMs = 1_000
const settings = { MEDIA_PURGE_DELAY_SECONDS: String(graceMs / 1000) }

const folder = await mkdtemp(join(tmpdir(), 'holdfast-backup-'))
after(() => rm(folder, { recursive: true, force: true }))

/** As the command does, in this process. */
async function inHouse<Result>(place: HousePlace, work: (holdfast: Holdfast) => Promise<Result>): Promise<Result> {
  await using holdfast = await openHoldfast(parseConfig({ ...environment(place), LOG_LEVEL: 'silent' }))
  return await work(holdfast)
}

const create = (place: HousePlace, path: string, kept: 'copy' | 'reference' = 'copy') =>
  inHouse(place, (holdfast) => createBackup(holdfast, path, { kept }))

async function restore(place: HousePlace, path: string) {
  const sound = await checkBackup(path)
  return inHouse(place, (holdfast) => restoreBackup(holdfast, path, sound))
}

const newFolder = (name: string) => mkdtemp(join(folder, `${name}-`))

/** Uploads, and removes some of it for good, until it is told to stop. */
function keepBusy({ upload, ask }: Client) {
  let goOn = true
  const run = async () => {
    for (let at = 0; goOn; at++) {
      const { id } = expectJson<{ id: string }>(await upload(`busy-${crypto.randomUUID()}.txt`, Buffer.alloc(2_000, `${at} `)), 201)
      if (at % 2 === 0) expectJson(await ask('POST', `/v1/files/${id}/erase`), 200)
      await pause(10)
    }
  }
  const running = Promise.all([run(), run()])
  return async () => {
    goOn = false
    await running
  }
}

async function liveALittle({ ask, upload }: Client): Promise<string> {
  const ids: string[] = []
  for (const name of ['kept', 'changed', 'trashed', 'erased']) {
    ids.push(expectJson<{ id: string }>(await upload(`${name}.txt`, Buffer.from(`the bytes of ${name}`)), 201).id)
  }
  const [kept = '', changedId, trashed, erased] = ids
  expectJson(await ask('POST', '/v1/folders', { name: 'Häfen ⚓' }), 201)
  expectJson(await ask('PATCH', `/v1/files/${changedId}`, { name: 'renamed.txt', tags: ['one', 'two'] }), 200)
  expectJson(await ask('DELETE', `/v1/files/${trashed}`), 202)
  expectJson(await ask('POST', `/v1/files/${erased}/erase`), 200)
  return kept
}

/** Where a house is restored to. */
interface Ground {
  readonly name: string
  readonly isMissing?: string | false
  readonly take: () => Promise<{ readonly settings: Readonly<Record<string, string>> } & AsyncDisposable>
}

const onSqlite: Ground = { name: 'SQLite and a folder', take: async () => ({ settings: {}, [Symbol.asyncDispose]: async () => undefined }) }
const onMysqlAndAzure: Ground = {
  name: 'MySQL and Azure',
  isMissing: (server === undefined && 'no HOLDFAST_TEST_MYSQL_URL') || (azure === undefined && 'no HOLDFAST_TEST_AZURE_BLOB_URL'),
  take: async () => {
    const [database, container] = [await makeDatabase(server ?? ''), await makeContainer(azure ?? '')]
    return {
      settings: { DATABASE_URL: database.url, ...container.settings },
      [Symbol.asyncDispose]: async () => {
        await database[Symbol.asyncDispose]()
        await container[Symbol.asyncDispose]()
      },
    }
  },
}

for (const [from, to] of [
  [onSqlite, onMysqlAndAzure],
  [onMysqlAndAzure, onSqlite],
] as const) {
  const skip = from.isMissing || to.isMissing || false
  test(`a moment of a busy house on ${from.name} comes back on ${to.name}`, { skip }, async () => {
    await using ground = await from.take()
    await using target = await to.take()
    await using house = await openHouse({ ...settings, ...ground.settings })
    const kept = await liveALittle(house.administrator)
    const { accessToken } = await logIn(house.process.url, house.account)
    const [busy, still, again] = ['busy', 'still', 'again'].map((name) => join(folder, `${from.name} ${name}`)) as [string, string, string]

    const rest = keepBusy(house.administrator)
    const made = await create(house, busy)
    await rest()
    assert.equal((await stat(busy)).mode & 0o777, 0o700)
    assert.equal((await stat(join(busy, 'keys.json'))).mode & 0o777, 0o600)
    execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: busy })

    const place = { dataDir: await newFolder('restored'), settings: { ...settings, ...target.settings } }
    // As it is where nothing has been yet.
    if ('STORAGE_URL' in target.settings) await containerOf(target.settings).delete()
    const { blobs, missingBlobs, isAuditIntact } = await restore(place, busy)
    assert.deepEqual({ blobs, missingBlobs, isAuditIntact }, { blobs: made.blobs.count, missingBlobs: 0, isAuditIntact: true })

    await using process = await startHoldfast(place)
    const client = createClient(process.url, house.account.apiKey)
    assert.equal((await client.get(`/v1/files/${kept}/content`)).body.toString(), 'the bytes of kept')
    assert.equal((await createClient(process.url, accessToken).get('/v1/me')).status, 401, 'sessions are ended')
    await logIn(process.url, house.account)
    await settle(place, 60_000, false)
    assert.deepEqual(await process.stop(), { code: 0, signal: null })
    await inHouse(place, (holdfast) => reconcileHouse(holdfast, 'at-rest'))
    assert.deepEqual(await auditHouse(place, graceMs), [])

    // At rest it is the same to the byte, on whichever engine it stands.
    await create(place, still)
    const third = { dataDir: await newFolder('third') }
    await restore(third, still)
    await create(third, again)
    await assertSameContent(still, again)
  })
}

/** A house at rest, for each test to copy. */
const stillHouse = await newFolder('house')
const cut = async (path: string) => writeFile(path, (await readFile(path)).subarray(0, -1))
let apiKey = ''
let keptId = ''

before(async () => {
  await using house = await openHouse(settings, { dataDir: stillHouse })
  keptId = await liveALittle(house.administrator)
  apiKey = house.account.apiKey
  await house.process.stop()
})

const readKept = async ({ url }: { readonly url: string }) =>
  (await createClient(url, apiKey).get(`/v1/files/${keptId}/content`)).body.toString()

async function copyHouse(): Promise<HousePlace> {
  const dataDir = await newFolder('copy')
  await cp(stillHouse, dataDir, { recursive: true })
  return { dataDir }
}

const killAtRename = new URL('../service/kill-at-rename.ts', import.meta.url).href

/** Until a file is about to get that name. */
async function killedAtRename(place: HousePlace, name: string, ...args: string[]): Promise<void> {
  const env = { ...environment(place), KILL_AT_RENAME_TO: name }
  const child = spawn(process.execPath, ['--import', killAtRename, commandLine, 'backup', ...args], { env, stdio: 'ignore' })
  assert.deepEqual(await once(child, 'close'), [null, 'SIGKILL'])
}

test('a backup is there whole or not at all, also where it cannot be written', async () => {
  const place = await copyHouse()
  const path = join(folder, 'whole')
  await killedAtRename(place, 'whole', 'create', path)
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('whole')),
    ['whole.unfinished'],
  )
  await assert.rejects(create(place, path), { code: 'backup.place_taken' })
  await rm(`${path}.unfinished`, { recursive: true })
  await assert.rejects(create(place, join(place.dataDir, 'holdfast.db', 'backup')), { code: 'backup.unwritable' })
  await create(place, path)
  await assert.rejects(create(place, path), { code: 'backup.place_taken' })
})

test('a disk that is full while a backup is made has nothing of it afterwards', { skip: cannotMount }, async () => {
  const place = await copyHouse()
  const small = await newFolder('small')
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40k', 'tmpfs', small])
  try {
    await assert.rejects(create(place, join(small, 'backup')), { code: 'backup.unwritable', extra: { reason: 'ENOSPC' } })
    assert.deepEqual(await readdir(small), [])
  } finally {
    execFileSync('umount', ['--lazy', small])
  }
})

test('a house is filled whole, or does not open', async () => {
  const path = join(folder, 'filling')
  await create(await copyHouse(), path)
  const place = { dataDir: await newFolder('filled') }
  // Opening makes keys: those of the backup take their place.
  await inHouse(place, async () => undefined)
  await killedAtRename(place, 'public-keys.json', 'restore', path)
  const refused = await runCommand(place, 'serve')
  assert.deepEqual([refused.code, /backup\.restore_unfinished/.test(refused.errors)], [1, true], refused.errors)
  await restore(place, path)
  await assert.rejects(restore(place, path), { code: 'backup.house_not_empty' })
  await using restored = await startHoldfast(place)
  assert.equal(await readKept(restored), 'the bytes of kept')
})

test('mails of that moment are left to an operator, and other messages are due again', async () => {
  const house = await copyHouse()
  await sendTo(house)
  const path = join(folder, 'mails')
  await create(house, path)
  const place = { dataDir: await newFolder('mails') }
  assert.equal((await restore(place, path)).mailsLeft, 3)
  await using sql = await openHouseSql(place)
  const counts =
    "SELECT name, state, COUNT(*) AS many FROM message WHERE correlation_id = 'story' GROUP BY name, state ORDER BY name, state"
  assert.deepEqual(await sql.rows(counts), [
    { name: 'file.purge.v1', state: 'pending', many: 2 },
    { name: 'mail.welcome.v1', state: 'done', many: 1 },
    { name: 'mail.welcome.v1', state: 'failed', many: 3 },
  ])
})

async function sendTo(place: HousePlace): Promise<void> {
  await using sql = await openHouseSql(place)
  const now = Date.now()
  const states = { 'mail.welcome.v1': ['pending', 'dispatched', 'leased', 'done'], 'file.purge.v1': ['dispatched', 'leased'] }
  for (const [name, each] of Object.entries(states)) {
    for (const state of each) {
      await sql.run(
        `INSERT INTO message (id, name, lane, payload, correlation_id, created_at, due_at, state, attempt) VALUES (?, ?, 'external', '{}', 'story', ?, ?, ?, 0)`,
        ...[crypto.randomUUID(), name, now, now + 3_600_000, state],
      )
    }
  }
}

test('a backup that was altered, cut off or added to is refused, and nothing is made of it', async () => {
  const whole = join(folder, 'sound')
  const { fingerprint } = await create(await copyHouse(), whole)
  assert.equal((await checkBackup(whole)).fingerprint, fingerprint)
  const blob = [...(await sumsOf(whole)).keys()].find((name) => name.startsWith('blobs/')) ?? assert.fail('there is no blob')
  const withSums = async (path: string, from: RegExp, to: string) => {
    const sums = join(path, 'SHA256SUMS')
    await writeFile(sums, (await readFile(sums, 'utf8')).replace(from, to))
  }
  const plants: readonly (readonly [what: string, plant: (path: string) => unknown])[] = [
    ['a byte of a blob', (path) => writeFile(join(path, blob), 'The bytes of kept')],
    ['the end of a blob', (path) => cut(join(path, blob))],
    ['the end of the rows', (path) => cut(join(path, 'rows/file.jsonl'))],
    ['no rows', (path) => rm(join(path, 'rows/file.jsonl'))],
    ['no manifest', (path) => rm(join(path, 'manifest.json'))],
    ['no sums', (path) => rm(join(path, 'SHA256SUMS'))],
    ['the end of the sums', (path) => cut(join(path, 'SHA256SUMS'))],
    ['a line of the sums', (path) => withSums(path, /\n.*file\.jsonl/, '')],
    ['a blob with its line', (path) => Promise.all([withSums(path, new RegExp(`\\n.*${blob}`), ''), rm(join(path, blob))])],
    ['a name that leads elsewhere', (path) => withSums(path, /blobs\/\S+/, '../../etc/passwd')],
    ['a file more', (path) => writeFile(join(path, 'rows/more.jsonl'), '')],
  ]
  for (const [at, [what, plant]] of plants.entries()) {
    const path = join(folder, `damaged-${at}`)
    await cp(whole, path, { recursive: true })
    await plant(path)
    await assert.rejects(checkBackup(path), { code: 'backup.damaged' }, what)
  }
  const target = { dataDir: join(folder, 'untouched') }
  const refused = await runCommand(target, 'backup', 'restore', join(folder, 'damaged-0'))
  assert.deepEqual([refused.code, /backup\.damaged/.test(refused.errors)], [1, true], refused.errors)
  await assert.rejects(readdir(target.dataDir), { code: 'ENOENT' })
})

test('a backup of a later version is refused', async () => {
  const path = join(folder, 'later')
  const house = await copyHouse()
  await create(house, path)
  const sound = await checkBackup(path)
  const later = { ...sound, migrations: [...sound.migrations, 'media/9999-later'] }
  const place = { dataDir: await newFolder('later') }
  await assert.rejects(
    inHouse(place, (holdfast) => restoreBackup(holdfast, path, later)),
    { code: 'backup.newer_version' },
  )
})

test('bytes that were lost in the house are told of, and are no reason to have no backup', async () => {
  const house = await copyHouse()
  await using sql = await openHouseSql(house)
  const [row] = await sql.rows<{ storage_key: string }>(
    `SELECT storage_key FROM stored_blob JOIN file ON file.blob_id = stored_blob.id WHERE file.id = '${keptId}'`,
  )
  const key = row?.storage_key ?? assert.fail('there is no blob')
  await rm(join(house.dataDir, 'blobs', key))
  const path = join(folder, 'lost')
  assert.deepEqual((await create(house, path)).blobs.damaged, [key])
  assert.equal((await restore({ dataDir: await newFolder('lost') }, path)).missingBlobs, 1)
})

test('blobs that are only named stay where they are', async () => {
  const house = await copyHouse()
  const path = join(folder, 'named')
  await create(house, path, 'reference')
  assert.equal((await readdir(path)).includes('blobs'), false)
  await assert.rejects(restore({ dataDir: await newFolder('elsewhere') }, path), { code: 'storage.of_another_house' })
  const place = { dataDir: await newFolder('named'), settings: { STORAGE_URL: `file:${house.dataDir}/blobs` } }
  assert.equal((await restore(place, path)).missingBlobs, 0)
})
