import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import type { Contender } from './benchmark.ts'
import { runRounds } from './rounds.ts'

test('contenders run in turn, each in a folder of its own, and a goal is judged by the medians', async (t) => {
  const baseFolder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
  t.after(() => rm(baseFolder, { recursive: true }))
  const order: string[] = []
  const contender = (name: string, amounts: number[]): Contender => ({
    name,
    run: async (folder) => {
      assert.deepEqual(await readdir(folder), [])
      await writeFile(join(folder, 'left-behind'), '')
      order.push(name)
      return { amount: amounts.shift() ?? 0, seconds: 2, serverCores: null, loadCores: 0.5 }
    },
  })
  const goal = { subject: 'ours', peer: 'theirs' }
  const { contenders, goals } = await runRounds(
    {
      name: 'any',
      about: '',
      unit: 'requests/s',
      contenders: [contender('theirs', [20, 20, 40]), contender('ours', [10, 40, 18])],
      goals: [
        { ...goal, atLeast: 0.9 },
        { ...goal, atLeast: 0.91 },
      ],
    },
    3,
    baseFolder,
  )
  assert.deepEqual(order, ['theirs', 'ours', 'theirs', 'ours', 'theirs', 'ours'])
  assert.deepEqual(await readdir(baseFolder), [])
  assert.deepEqual(
    contenders.map(({ median, serverCores, loadCores }) => [median, serverCores, loadCores]),
    [
      [10, null, 0.5],
      [9, null, 0.5],
    ],
  )
  assert.deepEqual(
    goals.map(({ ratio, ratios, reached }) => [ratio, ratios, reached]),
    [
      [0.9, [0.5, 2, 0.45], true],
      [0.9, [0.5, 2, 0.45], false],
    ],
  )
})

test('folders of many small files stay until the last round is over', async (t) => {
  const baseFolder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
  t.after(() => rm(baseFolder, { recursive: true }))
  const seen: number[] = []
  const only: Contender = {
    name: 'only',
    run: async () => {
      seen.push((await readdir(baseFolder)).length)
      return { amount: 1, seconds: 1, serverCores: null, loadCores: null }
    },
  }
  await runRounds({ name: 'any', about: '', unit: 'requests/s', contenders: [only], goals: [], keepsFolders: true }, 3, baseFolder)
  assert.deepEqual(seen, [1, 2, 3])
  assert.deepEqual(await readdir(baseFolder), [])
})
