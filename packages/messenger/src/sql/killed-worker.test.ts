import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { migrate, readMigrations } from '@holdfast/database'
import { openSqlite } from '@holdfast/database/sqlite'
import { z } from 'zod'
import { createMessenger, message } from '../index.ts'
import { until } from '../testing/scene.ts'
import { migrationsFolder, sqlTransport } from './sql-transport.ts'

const folder = await mkdtemp(join(tmpdir(), 'messenger-'))
after(() => rm(folder, { recursive: true }))

const program = fileURLToPath(new URL('worker-process.fixture.ts', import.meta.url))
const count = message('crash.count.v1', z.object({ name: z.string() }), { lane: 'high' })

for (const stuckAt of ['before-commit', 'after-commit']) {
  it(`takes effect once when the process is killed ${stuckAt}`, async () => {
    await using scene = await openScene(`${stuckAt}.sqlite`)
    const id = await scene.send('once')
    const killed = scene.startWorker(stuckAt)
    await once(killed.stdout ?? assert.fail('no output'), 'data')
    killed.kill('SIGKILL')
    assert.deepEqual(await once(killed, 'exit'), [null, 'SIGKILL'])
    const committed = stuckAt === 'after-commit'
    assert.deepEqual(await scene.effects(), committed ? ['once'] : [])
    assert.equal((await scene.show(id)).state, committed ? 'done' : 'leased')

    const next = scene.startWorker('nowhere')
    const later = await scene.send('another')
    await until(async () => (await scene.show(later)).state === 'done' && (await scene.show(id)).state === 'done')
    next.kill('SIGTERM')
    assert.deepEqual(await once(next, 'exit'), [0, null])
    assert.deepEqual((await scene.effects()).toSorted(), ['another', 'once'])
    const told = await scene.show(id)
    assert.equal(told.attempt, committed ? 1 : 2)
    assert.deepEqual(
      told.failedAttempts.map(({ worker }) => worker),
      committed ? [] : [`pid ${killed.pid}`],
    )
  })
}

for (const poison of ['poison', 'inside-commit']) {
  it(`fails a message that kills its process (${poison}) after exactly its attempts, and keeps no effect`, async () => {
    await using scene = await openScene(`${poison}.sqlite`)
    const id = await scene.send('never')
    let killed = 0
    while (killed < 3) {
      const worker = scene.startWorker(poison)
      assert.deepEqual(await once(worker, 'exit'), [null, 'SIGKILL'])
      killed += 1
    }
    const survivor = scene.startWorker(poison)
    await until(async () => (await scene.show(id)).state === 'failed')
    survivor.kill('SIGTERM')
    assert.deepEqual(await once(survivor, 'exit'), [0, null])
    assert.equal((await scene.show(id)).failedAttempts.length, 3)
    assert.deepEqual(await scene.effects(), [])
  })
}

async function openScene(file: string) {
  const path = join(folder, file)
  const database = openSqlite(path)
  await migrate(database, await readMigrations(migrationsFolder, database.dialect))
  await database.transaction((tx) => tx.run('CREATE TABLE effect (id INTEGER PRIMARY KEY, name VARCHAR(100))'))
  const messenger = createMessenger({ transport: sqlTransport(database), needs: ['durable', 'shared'], contracts: [count] })
  const started: ChildProcess[] = []
  return {
    startWorker: (stuckAt: string): ChildProcess => {
      const child = spawn(process.execPath, [program, path, stuckAt], { stdio: ['ignore', 'pipe', 'inherit'] })
      started.push(child)
      return child
    },
    send: (name: string) => database.transaction((tx) => messenger.outbox(tx).dispatch(count, { name })),
    show: async (id: string) => (await messenger.story(id))[0] ?? assert.fail(`no message ${id}`),
    effects: async () => (await database.read.all<{ name: string }>('SELECT name FROM effect')).map(({ name }) => name),
    [Symbol.asyncDispose]: async () => {
      for (const child of started) child.kill('SIGKILL')
      await database.close()
    },
  }
}
