import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import type { PublicJwk } from '../accounts/signing-keys.ts'
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

test('after a rotation two keys are valid, and every public key is kept for receipts', async (t) => {
  const folder = await newFolder(t)
  const keys = await openFolderSigningKeys(folder)
  const first = await keys.current()
  const second = await keys.rotate()
  const third = await keys.rotate()
  assert.equal((await keys.current()).kid, third.kid)
  assert.deepEqual(
    (await keys.valid()).map(({ kid }) => kid),
    [third.kid, second.kid],
  )
  assert.equal(await keys.findPublicKey(first.kid), undefined)
  assert.deepEqual(
    (await publicKeysIn(folder)).keys.map(({ kid }) => kid),
    [third.kid, second.kid, first.kid],
  )
  assert.deepEqual((await readdir(folder)).toSorted(), ['public-keys.json', 'signing-keys.3.json'])
  assert.equal((await (await openFolderSigningKeys(folder)).current()).kid, third.kid)
})

test('a rotation by another process is seen when its key turns up', async (t) => {
  const folder = await newFolder(t)
  let now = 0
  t.mock.method(performance, 'now', () => now)
  const here = await openFolderSigningKeys(folder)
  const elsewhere = await openFolderSigningKeys(folder)
  const before = await here.current()
  const { kid } = await elsewhere.rotate()
  now += 1_000
  assert.equal((await here.findPublicKey(kid))?.asymmetricKeyType, 'ed25519')
  assert.equal((await here.current()).kid, kid)
  assert.notEqual(await here.findPublicKey(before.kid), undefined)
  const next = await elsewhere.rotate()
  now += 5_000
  assert.equal((await here.current()).kid, next.kid)
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
