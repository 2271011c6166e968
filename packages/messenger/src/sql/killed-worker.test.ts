import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readMigrations } from '@holdfast/database'
import type { TestEngine } from '@holdfast/database/testing'
import { onEachEngine } from '@holdfast/database/testing/mysql'
import { z } from 'zod'
import { createMessenger, message } from '../index.ts'
import { until } from '../testing/scene.ts'
import { migrationsFolder, sqlTransport } from './sql-transport.ts'

const program = fileURLToPath(new URL('worker-process.fixture.ts', import.meta.url))
const count = message('crash.count.v1', z.object({ name: z.string() }), { lane: 'high' })

onEachEngine((engine) => {
  describe(`a worker that is killed, on ${engine.name}`, () => {
    testEffects(engine)
    testPoison(engine)
  })
})

function testEffects(engine: TestEngine): void {
  for (const stuckAt of ['before-commit', 'after-commit']) {
    it(`takes effect once when the process is killed ${stuckAt}`, async () => {
      await using scene = await openScene(engine)
      const id = await scene.send('once')
      const killed = scene.startWorker(stuckAt)
      await once(killed.stdout ?? assert.fail('no output'), 'data')
      killed.kill('SIGKILL')
      assert.deepEqual(await once(killed, 'exit'), [null, 'SIGKILL'])
      const committed = stuckAt === 'after-commit'
      assert.deepEqual(await scene.effects(), committed ? ['once'] : [])
      assert.equal((await scene.show(id)).state, committed ? 'done' : 'leased')
      await scene.lapse()

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
}

function testPoison(engine: TestEngine): void {
  for (const poison of ['poison', 'inside-commit']) {
    it(`fails a message that kills its process (${poison}) after exactly its attempts, and keeps no effect`, async () => {
      await using scene = await openScene(engine)
      const id = await scene.send('never')
      let killed = 0
      while (killed < 3) {
        const worker = scene.startWorker(poison)
        assert.deepEqual(await once(worker, 'exit'), [null, 'SIGKILL'])
        await scene.lapse()
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
}

async function openScene(engine: TestEngine) {
  const id = `id INTEGER PRIMARY KEY ${engine.dialect === 'mysql' ? 'AUTO_INCREMENT' : ''}`
  const effects = { name: 'effects', text: `CREATE TABLE effect (${id}, name VARCHAR(100))` }
  const place = await engine.make([...(await readMigrations(migrationsFolder, engine.dialect)), effects])
  const database = place.open()
  const messenger = createMessenger({ transport: sqlTransport(database), needs: ['durable', 'shared'], contracts: [count] })
  const started: ChildProcess[] = []
  return {
    startWorker: (stuckAt: string): ChildProcess => {
      const child = spawn(process.execPath, [program, place.url, stuckAt], { stdio: ['ignore', 'pipe', 'inherit'] })
      started.push(child)
      return child
    },
    send: (name: string) => database.transaction((tx) => messenger.outbox(tx).dispatch(count, { name })),
    show: async (id: string) => (await messenger.story(id))[0] ?? assert.fail(`no message ${id}`),
    /** As if its lease had run out. */
    lapse: () => database.transaction((tx) => tx.run("UPDATE message SET lease_until = 0 WHERE state = 'leased'")),
    effects: async () => (await database.read.all<{ name: string }>('SELECT name FROM effect')).map(({ name }) => name),
    [Symbol.asyncDispose]: async () => {
      for (const child of started) child.kill('SIGKILL')
      await database.close()
      await place.remove()
    },
  }
}
