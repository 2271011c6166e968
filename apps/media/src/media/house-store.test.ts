import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { folderHouseMark } from '../adapters/folder-house-mark.ts'
import { Failure } from '../kernel/failure.ts'
import { openTestDatabase } from '../operations/test-database.ts'
import { adoptHouseStore, demandHouseStore } from './house-store.ts'

const isRefused = (error: unknown) => error instanceof Failure && error.code === 'storage.of_another_house'

async function openFolders(t: TestContext, names: readonly string[]): Promise<string[]> {
  const parent = await mkdtemp(join(tmpdir(), 'holdfast-marks-'))
  t.after(() => rm(parent, { recursive: true }))
  return Promise.all(names.map((name) => mkdir(join(parent, name), { recursive: true }).then((path) => path ?? assert.fail())))
}

test('the first folder is marked; no other will do, until it is adopted, and a moved one will', async (t) => {
  const { database } = await openTestDatabase(t)
  const [first = '', empty = '', moved = ''] = await openFolders(t, ['first', 'empty', 'moved'])
  const demand = (folder: string) => demandHouseStore({ database, houseMark: folderHouseMark(folder) })
  for (let start = 0; start < 2; start++) await demand(first)
  await assert.rejects(demand(empty), isRefused)
  await cp(first, moved, { recursive: true })
  await demand(moved)

  await adoptHouseStore({ database, houseMark: folderHouseMark(empty) })
  await demand(empty)
  await assert.rejects(demand(first), isRefused, 'the place before')
})

test('the folder of one database is not that of another, also before that one has marked any', async (t) => {
  const [one, other] = [await openTestDatabase(t), await openTestDatabase(t)]
  const [folder = ''] = await openFolders(t, ['folder'])
  const houseMark = folderHouseMark(folder)
  await demandHouseStore({ database: one.database, houseMark })
  for (let start = 0; start < 2; start++) await assert.rejects(demandHouseStore({ database: other.database, houseMark }), isRefused)
  await demandHouseStore({ database: one.database, houseMark })
})

test('a first start that was cut off before or after the mark is taken up by the next', async (t) => {
  const { database } = await openTestDatabase(t)
  const [folder = ''] = await openFolders(t, ['folder'])
  const houseMark = folderHouseMark(folder)
  const cutOff = async () => assert.fail('cut off')
  await assert.rejects(demandHouseStore({ database, houseMark: { ...houseMark, write: cutOff } }), /cut off/)
  await assert.rejects(demandHouseStore({ database, houseMark: { ...houseMark, read: cutOff } }), /cut off/)
  await demandHouseStore({ database, houseMark })
})

test('of several first starts at once one folder counts', async (t) => {
  const { database } = await openTestDatabase(t)
  const folders = await openFolders(t, ['one', 'two'])
  const starts = [...folders, ...folders].map((folder) => demandHouseStore({ database, houseMark: folderHouseMark(folder) }))
  await Promise.allSettled(starts)
  const again = await Promise.allSettled(folders.map((folder) => demandHouseStore({ database, houseMark: folderHouseMark(folder) })))
  assert.ok(again.every((outcome) => outcome.status === 'fulfilled' || isRefused(outcome.reason)))
})
