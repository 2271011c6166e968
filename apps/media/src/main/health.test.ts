import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { DatabaseUnavailable } from '@holdfast/database'
import { takeLease } from '../operations/lease.ts'
import { createPeriodic } from '../worker/periodic.ts'
import { openHoldfast } from './app.ts'
import { parseConfig } from './config.ts'
import { createHealth, type Loop } from './health.ts'
import { watchDatabase } from './watched-database.ts'

const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-loops-'))
const holdfast = await openHoldfast(parseConfig({ APP_ENV: 'test', DATA_DIR: dataDir, LOG_LEVEL: 'silent' }))
after(async () => {
  await holdfast[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true })
})

const seconds = 1_000
const options = { started: () => true, isStopping: () => false, onlyLoops: true }

/** What is told of loops that last moved at 0, at some later instant. */
async function partsAt(ms: number, loop: Partial<Loop> = {}, house: Partial<typeof holdfast> = {}) {
  const loops: Loop[] = [{ name: 'worker', lastProgressAt: () => 0, ...loop }]
  const { parts } = createHealth({ ...holdfast, ...house, clock: () => ms }, loops, options)
  return parts()
}

test('a loop that stands still is a required part that is down, after a few seconds', async () => {
  assert.equal((await partsAt(4 * seconds))['worker']?.status, 'up')
  const { worker } = await partsAt(4.001 * seconds)
  assert.deepEqual([worker?.status, worker?.required, worker?.detail], ['down', true, 'has made no progress for a while'])
})

test('a worker with no place left may take its time', async () => {
  assert.equal((await partsAt(60 * seconds, { isFull: () => true }))['worker']?.status, 'up')
  assert.equal((await partsAt(61 * seconds, { isFull: () => true }))['worker']?.status, 'down')
})

test('a loop is excused while something it works with is down', async () => {
  const away = { ...holdfast.blobs, size: () => Promise.reject(new Error('away')) }
  const { worker, storage } = await partsAt(20 * seconds, {}, { blobs: away })
  assert.deepEqual([storage?.status, worker?.status, worker?.required], ['down', 'down', false])
})

test('a loop that can never look for what is due makes no progress, however often it fails', async () => {
  let nowMs = 0
  const refused = watchDatabase(
    { ...holdfast.database, transaction: () => Promise.reject(new DatabaseUnavailable('ETIMEDOUT')) },
    () => undefined,
  )
  const isLeader = async () => (await takeLease({ database: refused }, { name: 'periodic', holder: 'one', ttlMs: 1 })) !== undefined
  const jobs = [{ name: 'any', everyMs: 1, run: async () => undefined }]
  const periodic = createPeriodic({ jobs, isLeader, now: () => nowMs, log: { debug: () => undefined, error: () => undefined } })
  for (; nowMs < 5; nowMs++) await assert.rejects(periodic.runOnce(), DatabaseUnavailable)
  assert.equal(periodic.lastProgressAt(), 0)
})

test('periodic work that goes on is progress, work that hangs is none', async () => {
  let nowMs = 0
  const { promise: hanging, resolve: goOn } = Promise.withResolvers<void>()
  const run = async () => {
    nowMs = 30 * seconds
    await holdfast.database.read.get('SELECT 1')
    nowMs = 60 * seconds
    await hanging
  }
  const log = { debug: () => undefined, error: () => undefined }
  const periodic = createPeriodic({ jobs: [{ name: 'long', everyMs: 1, run }], isLeader: async () => true, now: () => nowMs, log })
  const running = periodic.runOnce()
  while (nowMs < 60 * seconds) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(periodic.lastProgressAt(), 30 * seconds)
  goOn()
  await running
  assert.equal(periodic.lastProgressAt(), 60 * seconds)
})
