import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../kernel/failure.ts'
import { openTestDatabase } from '../operations/test-database.ts'
import { adoptHouseKey, demandHouseKey } from './house-key.ts'
import { generateSigningKey, type SigningKey, toPublicJwk } from './signing-keys.ts'

/** As a folder has them: the newest first. */
const folderWith = (...keys: [SigningKey, ...SigningKey[]]) => ({ published: async () => keys.map(toPublicJwk) })

const isRefused = (error: unknown) => error instanceof Failure && error.code === 'keys.of_another_house'

test('the first key counts; a folder with another is refused until it is adopted, and a successor is not', async (t) => {
  const { database } = await openTestDatabase(t)
  const [first, second, third, foreign] = await Promise.all([1, 2, 3, 4].map(generateSigningKey))
  assert.ok(first && second && third && foreign)
  const demand = (...keys: [SigningKey, ...SigningKey[]]) => demandHouseKey({ database, keys: folderWith(...keys) })
  for (let start = 0; start < 2; start++) await demand(first)
  await assert.rejects(demand(foreign), isRefused)
  await demand(second, first)
  await assert.rejects(demand(first), isRefused, 'a copy of the folder from before the rotation')
  await demand(third, second)

  await adoptHouseKey({ database, keys: folderWith(foreign) })
  await demand(foreign)
  await assert.rejects(demand(third, second), isRefused)
})

test('of several first starts at once the keys of one count', async (t) => {
  const { database, open } = await openTestDatabase(t)
  const other = open()
  t.after(() => other.close())
  const folders = (await Promise.all([1, 2].map(generateSigningKey))).map((key) => folderWith(key))
  const starts = [database, other].flatMap((database) => folders.map((keys) => demandHouseKey({ database, keys })))
  const outcomes = await Promise.allSettled(starts)
  assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'fulfilled', 'rejected', 'rejected'])
  assert.ok(outcomes.every((outcome) => outcome.status === 'fulfilled' || isRefused(outcome.reason)))
})
