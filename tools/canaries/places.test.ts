import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Container } from '../harden/container.ts'
import { runCommand } from '../servers/run-command.ts'
import { createTemporaryFolder } from '../servers/temporary-folder.ts'
import { findInStream } from './find-in-stream.ts'
import { environmentsOf, places, printed } from './places.ts'

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

for (const isOurs of [true, false])
  test(`of the processes of ${isOurs ? 'our' : 'another'} container each environment is read, but for that of who reads`, async () => {
    const [theirs, own] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')]
    const other = spawn('sleep', ['60'], { env: { ...process.env, CANARY: theirs } })
    await once(other, 'spawn')
    try {
      const { control, command } = environmentsOf({ Id: 'one', service: 'one', isOurs } as Container)
      const [, , , program, ...args] = command
      const here = isOurs ? process.execPath : String(program)
      assert.deepEqual(
        await findInStream(printed(['env', `CANARY=${own}`, here, ...args]), [control, theirs, own]),
        new Set([control, theirs]),
      )
    } finally {
      other.kill()
    }
  })
