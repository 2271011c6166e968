import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { onFreePorts } from '../../tools/servers/free-ports.ts'
import { type Client, createClient, expectJson } from '../service/client.ts'
import { commandLine, startHoldfast } from '../service/holdfast-process.ts'
import { openHouse } from '../service/house.ts'
import { readyPart } from '../service/readiness.ts'
import { runCommand } from '../service/run-command.ts'

test('a process that only works tells whether it gets on, and what it made of its messages', async () => {
  await using resources = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-health-'))
  resources.defer(() => rm(dataDir, { recursive: true }))
  const serving = { MEDIA_PURGE_DELAY_SECONDS: '0' }
  assert.equal((await runCommand({ dataDir, settings: serving }, 'migrate')).code, 0)
  const house = resources.use(await openHouse(serving, { dataDir, command: [commandLine, 'serve'] }))
  const { place, worker } = await onFreePorts(1, async ([port = 0]) => {
    const place = { dataDir, settings: { ...serving, HEALTH_PORT: String(port) } }
    return { place, worker: await startHoldfast({ ...place, command: [commandLine, 'work'] }) }
  })
  resources.use(worker)
  const client = createClient(worker.url)
  assert.equal((await client.get('/livez')).status, 200)
  assert.equal((await readyPart(client, 'worker'))?.status, 'up')
  assert.equal((await client.get('/v1/files')).status, 404)
  assert.deepEqual(await runCommand(place, 'health'), { code: 0, output: 'healthy\n', errors: '' })

  const { id } = expectJson<{ id: string }>(await house.administrator.upload('one.bin', Buffer.from([0, 1, 2])), 201)
  expectJson(await house.administrator.ask('DELETE', `/v1/files/${id}`), 202)
  const handled = /holdfast_message_attempts_total\{lane="low",name="media.purge-file.v1",outcome="handled"\} 1/
  const metrics = await untilMatched(async () => (await client.get('/metrics')).body.toString(), handled)
  assert.match(metrics, /holdfast_message_lateness_seconds_count\{lane="low"\} 1/)
  assert.match(metrics, /holdfast_message_oldest_age_seconds\{lane="low",state="failed"\} 0/)

  // Whoever holds the only lock there is to write with: everything answers, and no loop gets on.
  const intruder = new DatabaseSync(join(dataDir, 'holdfast.db'), { timeout: 10_000 })
  intruder.exec('BEGIN IMMEDIATE')
  const stuck = await untilMatched(async () => readiness(client), /^503 .*"(worker|periodic)":\{"required":true,"status":"down"/)
  assert.match(stuck, /"database":\{"required":true,"status":"up"/)
  assert.match((await runCommand(place, 'health')).output, /^unhealthy: (worker|periodic) has made no progress for a while/)
  intruder.exec('ROLLBACK')
  intruder.close()
  await untilMatched(async () => readiness(client), /^200 /)

  process.kill(worker.pid, 'SIGSTOP')
  const { code, output } = await runCommand(place, 'health')
  process.kill(worker.pid, 'SIGCONT')
  assert.deepEqual({ code, output }, { code: 3, output: 'unhealthy: no answer\n' })
  assert.deepEqual(await worker.stop(), { code: 0, signal: null })
  assert.equal((await runCommand(place, 'health')).code, 3)
})

async function readiness(client: Client): Promise<string> {
  const { status, body } = await client.get('/readyz')
  return `${status} ${body}`
}

async function untilMatched(read: () => Promise<string>, pattern: RegExp): Promise<string> {
  for (;;) {
    const text = await read()
    if (pattern.test(text)) return text
    await pause(50)
  }
}
