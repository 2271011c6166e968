import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import type { PublicJwk } from '../../accounts/signing-keys.ts'
import { openFolderSigningKeys } from './folder-signing-keys.ts'

const run = promisify(execFile)

async function newFolder(t: TestContext): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'holdfast-keys-'))
  t.after(() => rm(parent, { recursive: true }))
  return join(parent, 'jwt')
}

const publicKeysIn = async (folder: string): Promise<{ keys: PublicJwk[] }> =>
  JSON.parse(await readFile(join(folder, 'public-keys.json'), 'utf8'))

test('the first opening makes a key that only its owner can read, and later ones find it', async (t) => {
  const folder = await newFolder(t)
  const keys = await openFolderSigningKeys(folder)
  const { kid } = await keys.current()
  assert.deepEqual((await readdir(folder)).toSorted(), ['public-keys.json', 'signing-keys.1.json'])
  assert.equal((await stat(folder)).mode & 0o777, 0o700)
  assert.equal((await stat(join(folder, 'signing-keys.1.json'))).mode & 0o777, 0o600)
  assert.equal((await stat(join(folder, 'public-keys.json'))).mode & 0o777, 0o644)
  const again = await openFolderSigningKeys(folder)
  assert.equal((await again.current()).kid, kid)
  const valid = await again.valid()
  assert.deepEqual(
    valid.map((jwk) => jwk.kid),
    [kid],
  )
  assert.deepEqual(await publicKeysIn(folder), { keys: valid })
  assert.ok(valid.every((jwk) => !('d' in jwk)))
  assert.equal((await again.findPublicKey(kid))?.asymmetricKeyType, 'ed25519')
  assert.equal(await again.findPublicKey('another'), undefined)
})

test('processes that start together end with one key', async (t) => {
  const folder = await newFolder(t)
  const program = `import { openFolderSigningKeys } from ${JSON.stringify(join(import.meta.dirname, 'folder-signing-keys.ts'))}
    console.log((await (await openFolderSigningKeys(${JSON.stringify(folder)})).current()).kid)`
  const started = Array.from({ length: 4 }, () => run(process.execPath, ['--input-type=module', '--eval', program]))
  const kids = (await Promise.all(started)).map(({ stdout }) => stdout.trim())
  const inProcess = await Promise.all(Array.from({ length: 10 }, async () => (await (await openFolderSigningKeys(folder)).current()).kid))
  assert.equal(new Set([...kids, ...inProcess]).size, 1)
  assert.match(kids[0] ?? '', /^[\w-]{43}$/)
  assert.deepEqual((await readdir(folder)).toSorted(), ['public-keys.json', 'signing-keys.1.json'])
})

const minutes = 60_000
const hours = 60 * minutes

test('the next key is valid before it signs, and each for as long as what it signed may live', async (t) => {
  const folder = await newFolder(t)
  let now = 1_000 * hours
  const keys = await openFolderSigningKeys(folder, () => now)
  const first = await keys.current()
  const second = await keys.rotate()
  assert.equal(second.signsFrom, now + minutes)
  const kids = async () => (await keys.valid()).map(({ kid }) => kid)
  assert.deepEqual([(await keys.current()).kid, await kids()], [first.kid, [second.kid, first.kid]])
  now += minutes - 1
  assert.equal((await keys.current()).kid, first.kid)
  now += 1
  assert.equal((await keys.current()).kid, second.kid)

  // Also while one waits for its turn: each signs until the next does.
  const third = await keys.rotate()
  now += minutes / 2
  const fourth = await keys.rotate()
  const all = [fourth, third, second, first].map(({ kid }) => kid)
  assert.deepEqual([(await keys.current()).kid, await kids()], [second.kid, all])
  now = fourth.signsFrom
  assert.deepEqual([(await keys.current()).kid, await kids()], [fourth.kid, all])

  now = second.signsFrom + 24 * hours - 1
  assert.notEqual(await keys.findPublicKey(first.kid), undefined)
  now += 1
  assert.equal(await keys.findPublicKey(first.kid), undefined)
  now = fourth.signsFrom + 24 * hours
  assert.deepEqual(await kids(), [fourth.kid])
  const published = (await keys.published()).map(({ kid }) => kid)
  assert.deepEqual([published, (await publicKeysIn(folder)).keys.map(({ kid }) => kid)], [all, all])
  assert.deepEqual((await readdir(folder)).toSorted(), ['public-keys.json', 'signing-keys.4.json'])
})

test('a rotation at once signs with the next key, and takes nothing any more that another has signed', async (t) => {
  const folder = await newFolder(t)
  const keys = await openFolderSigningKeys(folder)
  const elsewhere = await openFolderSigningKeys(folder)
  const stolen = await keys.current()
  await keys.rotate()
  const { kid } = await keys.rotate({ atOnce: true })
  for (const place of [keys, elsewhere, await openFolderSigningKeys(folder)]) {
    // Whoever meets the new key looks, and knows what became of the others.
    assert.notEqual(await place.findPublicKey(kid), undefined)
    assert.equal((await place.current()).kid, kid)
    assert.equal(await place.findPublicKey(stolen.kid), undefined)
  }
})

test('a key of another process is known whenever it turns up, however short ago somebody looked', async (t) => {
  const folder = await newFolder(t)
  const here = await openFolderSigningKeys(folder)
  const elsewhere = await openFolderSigningKeys(folder)
  for (let time = 0; time < 2; time++) {
    assert.equal(await here.findPublicKey('a'.repeat(43)), undefined)
    const { kid } = await elsewhere.rotate()
    assert.equal((await here.findPublicKey(kid))?.asymmetricKeyType, 'ed25519')
  }
})

test('a flood of unknown keys is one look a quarter of a second', async (t) => {
  const folder = await newFolder(t)
  const keys = await openFolderSigningKeys(folder)
  const startedAt = performance.now()
  const unknown = (n: number) => String(n).padStart(43, '-')
  const found: unknown[] = []
  for (let wave = 0; wave < 2; wave++) {
    found.push(...(await Promise.all(Array.from({ length: 1_000 }, (_, n) => keys.findPublicKey(unknown(n))))))
  }
  assert.ok(found.every((key) => key === undefined))
  assert.ok(performance.now() - startedAt >= 240, 'the second wave waits')
  // What cannot be a key is worth no look.
  assert.equal(await keys.findPublicKey('another'), undefined)
})

test('a rotation by another process is seen within seconds', async (t) => {
  const folder = await newFolder(t)
  let now = 0
  t.mock.method(performance, 'now', () => now)
  const here = await openFolderSigningKeys(folder)
  const { kid } = await (await openFolderSigningKeys(folder)).rotate()
  now += 5_000
  assert.equal((await here.valid())[0]?.kid, kid)
})

test('a set as it was written before keys were published ahead is read', async (t) => {
  const folder = await newFolder(t)
  const { kid } = await (await openFolderSigningKeys(folder)).current()
  const path = join(folder, 'signing-keys.1.json')
  const { keys } = JSON.parse(await readFile(path, 'utf8')) as { keys: [object] }
  await writeFile(path, JSON.stringify({ current: keys[0], previous: null }))
  assert.equal((await (await openFolderSigningKeys(folder)).current()).kid, kid)
})

test('of two rotations at once each either counts or says that it did not', async (t) => {
  const folder = await newFolder(t)
  const here = await openFolderSigningKeys(folder)
  const elsewhere = await openFolderSigningKeys(folder)
  const outcomes = await Promise.allSettled([here.rotate(), elsewhere.rotate()])
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  for (const { reason } of refused) assert.equal(reason.code, 'keys.rotated_meanwhile')
  const versions = (await readdir(folder)).filter((name) => name.startsWith('signing-keys.'))
  assert.deepEqual(versions, [`signing-keys.${1 + outcomes.length - refused.length}.json`])
})

test('a private key that others can read is refused with the remedy, and so is one that was damaged', async (t) => {
  const folder = await newFolder(t)
  await openFolderSigningKeys(folder)
  const path = join(folder, 'signing-keys.1.json')
  for (const mode of [0o640, 0o604, 0o644, 0o660]) {
    await chmod(path, mode)
    await assert.rejects(openFolderSigningKeys(folder), { code: 'keys.readable_by_others', message: /chmod 600/ })
  }
  await chmod(path, 0o600)
  for (const text of ['', '{}', '{"current":null}']) {
    await writeFile(path, text)
    await assert.rejects(openFolderSigningKeys(folder), { code: 'keys.unreadable' })
  }
})
