import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '../service/client.ts'
import { commandLine, environment, type HoldfastProcess, startHoldfast } from '../service/holdfast-process.ts'
import { readFirstRun } from '../service/house.ts'

const kills = 6
const killAtRename = new URL('../service/kill-at-rename.ts', import.meta.url).href

/** While it migrates, makes its keys, its first tenant: whatever was half-done is done, or done again. */
test(`killed ${kills} times in the middle of its first start, it starts and its first credentials are there`, async (t) => {
  const dataDir = await makeFolder(t)
  const startMs = await measureStart(join(dataDir, 'another'))
  for (let kill = 1; kill <= kills; kill++) await killAfter((startMs * kill) / (kills + 1), dataDir)
  await using holdfast = await startHoldfast({ dataDir })
  await assertLogsIn(holdfast, dataDir)
})

test('killed after the first credentials were made and before their file had its name, it finds them', async (t) => {
  const dataDir = await makeFolder(t)
  // As a process leaves it that was killed before its commit, or while it wrote.
  const [unmade, cutOff] = [`first-run.json.${crypto.randomUUID()}.pending`, `first-run.json.${crypto.randomUUID()}.pending`]
  await writeFile(join(dataDir, unmade), JSON.stringify({ url: '', email: 'no@holdfast.example', password: 'none', apiKey: 'hf_none' }))
  await writeFile(join(dataDir, cutOff), '{"url":')
  const settings = { KILL_AT_RENAME_TO: 'first-run.json' }
  await assert.rejects(startHoldfast({ dataDir, settings, command: ['--import', killAtRename, commandLine, 'run'] }), /ended before/)
  const left = await firstRunFiles(dataDir)
  assert.ok(left.length > 0 && !left.includes('first-run.json'), String(left))

  await using holdfast = await startHoldfast({ dataDir })
  await assertLogsIn(holdfast, dataDir)
})

test('two processes that start at once on an empty folder keep one set of credentials', async (t) => {
  const dataDir = await makeFolder(t)
  const [first, second] = await Promise.all([startHoldfast({ dataDir }), startHoldfast({ dataDir })])
  await using both = new AsyncDisposableStack()
  for (const holdfast of [first, second]) both.use(holdfast)
  await assertLogsIn(first, dataDir)
  await assertLogsIn(second, dataDir)
})

async function assertLogsIn(holdfast: HoldfastProcess, dataDir: string): Promise<void> {
  assert.deepEqual(await firstRunFiles(dataDir), ['first-run.json'])
  const { mode } = await stat(join(dataDir, 'first-run.json'))
  assert.equal(mode & 0o777, 0o600)
  const { apiKey } = await readFirstRun(dataDir)
  assert.equal((await createClient(holdfast.url, apiKey).get('/v1/me')).status, 200)
  assert.deepEqual(await holdfast.stop(), { code: 0, signal: null })
}

async function firstRunFiles(dataDir: string): Promise<string[]> {
  const names = await readdir(dataDir)
  return names.filter((name) => name.startsWith('first-run.json'))
}

async function makeFolder(t: TestContext): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-start-'))
  t.after(() => rm(dataDir, { recursive: true }))
  return dataDir
}

async function measureStart(dataDir: string): Promise<number> {
  const startedAt = performance.now()
  await using holdfast = await startHoldfast({ dataDir })
  assert.ok(holdfast.isRunning())
  return performance.now() - startedAt
}

async function killAfter(delayMs: number, dataDir: string): Promise<void> {
  const child = spawn(process.execPath, [commandLine, 'run'], { env: environment({ dataDir }), stdio: 'ignore' })
  const exited = once(child, 'exit')
  await pause(delayMs)
  child.kill('SIGKILL')
  assert.deepEqual(await exited, [null, 'SIGKILL'], 'it was running until then')
}
