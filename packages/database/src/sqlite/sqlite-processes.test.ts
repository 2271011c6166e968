import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { openSqlite } from './sqlite-database.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-processes-'))
  path = join(folder, 'test.db')
  const database = openSqlite(path)
  await database.transaction(async (tx) => {
    await tx.run('CREATE TABLE pair (number INTEGER, half INTEGER, PRIMARY KEY (number, half))')
    await tx.run('CREATE TABLE counter (value INTEGER)')
    await tx.run('INSERT INTO counter VALUES (0)')
  })
  await database.close()
})

afterEach(() => rm(folder, { recursive: true }))

function writePairs(first: number, count: number): ChildProcess & { readonly stdout: NodeJS.ReadableStream } {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'pair-writer.fixture.ts'), path, String(first), String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return child
}

async function written(): Promise<{ halves: Map<number, number>; counter: number }> {
  const database = openSqlite(path)
  const rows = await database.read.all<{ number: number; halves: number }>('SELECT number, count(*) AS halves FROM pair GROUP BY number')
  const counter = await database.read.get<{ value: number }>('SELECT value FROM counter')
  await database.close()
  return { halves: new Map(rows.map(({ number, halves }) => [number, halves])), counter: counter?.value ?? -1 }
}

const maker = `
const { DatabaseSync } = require('node:sqlite')
const { parentPort, workerData } = require('node:worker_threads')
const database = new DatabaseSync(workerData)
database.exec('BEGIN IMMEDIATE')
parentPort.postMessage('begun')
setTimeout(() => database.exec('COMMIT'), 200)
`

test('a file that somebody else is making is waited for', async () => {
  const fresh = join(folder, 'fresh.db')
  const worker = new Worker(maker, { eval: true, workerData: fresh })
  const ended = once(worker, 'exit')
  await once(worker, 'message')
  await openSqlite(fresh).close()
  assert.deepEqual(await ended, [0])
})

test('two processes write one file', async () => {
  const writers = [writePairs(0, 400), writePairs(1_000, 400)]
  for (const writer of writers) writer.stdout.resume()
  assert.deepEqual(await Promise.all(writers.map((writer) => once(writer, 'close'))), [
    [0, null],
    [0, null],
  ])
  const { halves, counter } = await written()
  assert.equal(halves.size, 800)
  assert.equal(counter, 800)
})

test('of a killed process, what was acknowledged is there and everything is whole', async () => {
  for (const acknowledgedAtKill of [1, 130, 700]) {
    const first = acknowledgedAtKill * 100_000
    const writer = writePairs(first, 20_000)
    const acknowledged: number[] = []
    for await (const line of createInterface(writer.stdout)) {
      acknowledged.push(Number(line))
      if (acknowledged.length === acknowledgedAtKill) writer.kill('SIGKILL')
    }
    assert.equal(writer.signalCode ?? (await once(writer, 'close'))[1], 'SIGKILL')
    const { halves, counter } = await written()
    assert.ok(acknowledged.length >= acknowledgedAtKill && acknowledged.length < 20_000)
    assert.deepEqual(
      acknowledged.filter((number) => halves.get(number) !== 2),
      [],
    )
    assert.deepEqual([...new Set(halves.values())], [2])
    assert.equal(counter, halves.size)
  }
})

test('a file that may only be read is told', async () => {
  await chmod(path, 0o444)
  await chmod(folder, 0o555)
  // The superuser may write anything, so the attempt is somebody else's.
  const attempt = `
    import { openSqlite } from ${JSON.stringify(join(import.meta.dirname, 'sqlite-database.ts'))}
    if (process.getuid() === 0) process.setuid(65534)
    try { await openSqlite(process.argv[1]).transaction((tx) => tx.run('UPDATE counter SET value = 1')) } catch (error) { console.log(error.name) }`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', attempt, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output] = await Promise.all([child.stdout.setEncoding('utf8').toArray(), once(child, 'close')])
  await chmod(folder, 0o755)
  assert.equal(output.join(''), 'DatabaseUnavailable\n')
  await chmod(path, 0o644)
  assert.equal((await written()).counter, 0)
})
