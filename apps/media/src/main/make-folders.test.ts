import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openHoldfast } from './app.ts'
import { parseConfig } from './config.ts'
import { ConfigError } from './config-error.ts'
import { diagnose } from './doctor.ts'
import { makeFolder } from './make-folders.ts'

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-folders-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

const configOf = (settings: Readonly<Record<string, string>>) => parseConfig({ APP_ENV: 'test', LOG_LEVEL: 'silent', ...settings })

/** Of what cannot be opened: `SETTING reason`. */
async function refusedBy(settings: Readonly<Record<string, string>>): Promise<string[]> {
  const error = await openHoldfast(configOf(settings)).then(
    () => assert.fail('it opened'),
    (why: unknown) => why,
  )
  assert.ok(error instanceof ConfigError)
  return error.problems.map(({ name, reason }) => `${name} ${/\((\w+)\)$/.exec(reason)?.[1]}`)
}

test('folders are made as deep as they are named, at once by several, and none is made again', async (t) => {
  const path = join(await newFolder(t), 'a/b/c')
  await Promise.all([makeFolder(path, 0o700), makeFolder(path, 0o700)])
  await makeFolder(path)
  assert.equal((await stat(path)).mode & 0o777, 0o700)
})

test('of folders that cannot be made all are told at once, by their settings', async (t) => {
  const folder = await newFolder(t)
  const file = join(folder, 'file')
  await writeFile(file, '')
  assert.deepEqual(await refusedBy({ DATA_DIR: folder, STORAGE_URL: `file:${file}`, JWT_KEYS_DIR: `${file}/keys` }), [
    'STORAGE_URL EEXIST',
    'JWT_KEYS_DIR ENOTDIR',
  ])
  assert.deepEqual(await refusedBy({ DATA_DIR: file }), ['DATA_DIR EEXIST'])
})

// There Node's own way of making a whole path never ends.
test('a file system that makes no folders ends the start, and the doctor', async () => {
  assert.deepEqual(await refusedBy({ DATA_DIR: '/proc/none/here' }), ['DATA_DIR ENOENT'])
  const findings = await diagnose(configOf({ DATA_DIR: '/proc/none/here' }))
  assert.deepEqual(
    findings.filter(({ ok }) => !ok).map(({ part }) => part),
    ['data folder', 'opening'],
  )
})
