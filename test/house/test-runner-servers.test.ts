import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { whyNoDatabase } from '../../tools/servers/database.ts'
import { answers } from '../../tools/servers/first-words.ts'

const runner = fileURLToPath(new URL('../../tools/test.ts', import.meta.url))

/** Says which process it is and which server it was given, and ends when it is told to. */
const source = `import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
test('has a server', async () => {
  const { port } = new URL(process.env['HOLDFAST_TEST_MYSQL_URL'])
  writeFileSync('starting', JSON.stringify({ pid: process.pid, port: Number(port) }))
  renameSync('starting', 'started')
  while (!existsSync('end')) await new Promise((resolve) => setTimeout(resolve, 20))
})
`

/** Runs the runner over that file in a project of its own, and resolves when the test runs. */
async function startRun() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-runner-'))
  mkdirSync(join(folder, 'test'))
  writeFileSync(join(folder, 'test/allowed-skips.json'), '[]')
  writeFileSync(join(folder, 'test/a.test.ts'), source)
  const { NODE_TEST_CONTEXT: _, HOLDFAST_TEST_MYSQL_URL: __, ...env } = process.env
  const child = spawn(process.execPath, [runner, 'test'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, exited] = [child.stdout.toArray(), once(child, 'exit')]
  while (!existsSync(join(folder, 'started'))) {
    if (child.exitCode !== null) assert.fail(String(await output))
    await sleep(20)
  }
  const { pid, port } = JSON.parse(readFileSync(join(folder, 'started'), 'utf8')) as { pid: number; port: number }
  return {
    port,
    isServed: () => answers(port),
    isTesting: () => isAlive(pid),
    async kill(signal: NodeJS.Signals) {
      child.kill(signal)
      await exited
    },
    async finish() {
      writeFileSync(join(folder, 'end'), '')
      await exited
      return String(await output)
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('runs side by side have a server each; those that are ended leave nothing, and the others go on', {
  skip: await whyNoDatabase(),
}, async () => {
  using interrupted = await startRun()
  using killed = await startRun()
  using finished = await startRun()
  assert.equal(new Set([interrupted.port, killed.port, finished.port]).size, 3)

  await interrupted.kill('SIGTERM')
  await killed.kill('SIGKILL')
  for (const run of [interrupted, killed]) while ((await run.isServed()) || run.isTesting()) await sleep(20)

  assert.equal(await finished.isServed(), true)
  assert.match(await finished.finish(), /\n1 passed, 0 failed, 0 skipped\n$/)
  assert.equal(await finished.isServed(), false)
})
