import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '../service/client.ts'
import { commandLine, environment, startHoldfast } from '../service/holdfast-process.ts'
import { readFirstRun } from '../service/house.ts'

const kills = 6

/** While it migrates, makes its keys, its first tenant: whatever was half-done is done, or done again. */
test(`killed ${kills} times in the middle of its first start, it starts`, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-start-'))
  try {
    const startMs = await measureStart(join(dataDir, 'another'))
    for (let kill = 1; kill <= kills; kill++) await killAfter((startMs * kill) / (kills + 1), dataDir)
    await using holdfast = await startHoldfast({ dataDir })
    assert.equal((await createClient(holdfast.url).get('/readyz')).status, 200)
    // A kill between the making of the credentials and their writing leaves none.
    if (existsSync(join(dataDir, 'first-run.json'))) {
      const { apiKey } = await readFirstRun(dataDir)
      assert.equal((await createClient(holdfast.url, apiKey).get('/v1/me')).status, 200)
    }
    assert.deepEqual(await holdfast.stop(), { code: 0, signal: null })
  } finally {
    await rm(dataDir, { recursive: true })
  }
})

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
