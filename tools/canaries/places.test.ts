import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../servers/run-command.ts'
import { createTemporaryFolder } from '../servers/temporary-folder.ts'
import { findInStream } from './find-in-stream.ts'
import { places, printed } from './places.ts'

test('what was committed once is found in Git, though it was taken away', async () => {
  await using folder = createTemporaryFolder('canaries')
  const secret = randomBytes(24).toString('hex')
  const git = (...args: string[]) =>
    runCommand('git', ['-c', 'user.name=house', '-c', 'user.email=house@example.org', '-C', folder.path, ...args])
  await git('init', '--quiet')
  const file = join(folder.path, 'settings')
  for (const text of ['holdfast\n', `holdfast\npassword=${secret}\n`, 'holdfast\n']) {
    writeFileSync(file, text)
    await git('add', '--all')
    await git('commit', '--quiet', '--message=Build', '--no-gpg-sign')
  }
  appendFileSync(file, 'not committed\n')
  const [inGit] = places(folder.path, [])
  assert.ok(inGit)
  assert.deepEqual(await findInStream(printed(inGit.command), [inGit.control, secret, 'not committed']), new Set([inGit.control, secret]))
})

test('a place that cannot be read is a failure, not a place without secrets', async () => {
  await assert.rejects(findInStream(printed(['sh', '-c', 'echo half; exit 3']), ['half']), /sh ended with 3/)
})
