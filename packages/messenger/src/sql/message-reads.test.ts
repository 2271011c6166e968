import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { migrate, readMigrations } from '@holdfast/database'
import { openSqlite } from '@holdfast/database/sqlite'
import type { Sql, SqlValue } from '../database.ts'
import { messageReads } from './message-reads.ts'
import { migrationsFolder } from './sql-transport.ts'

test('counts what waits and what was handled from indexes alone, and sorts no waiting message', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'messenger-'))
  const database = openSqlite(join(folder, 'plan.sqlite'))
  t.after(async () => {
    await database.close()
    await rm(folder, { recursive: true })
  })
  await migrate(database, await readMigrations(migrationsFolder, database.dialect))
  const plan: string[] = []
  const explained: Sql = {
    ...database.read,
    all: async <Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]> => {
      const steps = await database.read.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, values)
      plan.push(...steps.map(({ detail }) => detail))
      return []
    },
  }
  await messageReads(explained).stats(0)
  const uses = (detail: string) => plan.filter((step) => step === detail).length
  assert.equal(uses('SEARCH message USING COVERING INDEX message_by_due (state=? AND lane=? AND due_at<?)'), 2)
  assert.equal(uses('SEARCH message USING COVERING INDEX message_by_due (state=? AND lane=? AND due_at>?)'), 2)
  assert.equal(uses('SEARCH message USING COVERING INDEX message_by_handled (state=? AND handled_at>?)'), 1)
  assert.deepEqual(
    plan.filter((step) => step.startsWith('SCAN message')),
    [],
  )
})
