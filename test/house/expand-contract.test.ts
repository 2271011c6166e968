import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { contractFaults, contractOf } from './expand-contract.ts'

const folders = ['apps/media/migrations', 'packages/messenger/migrations', 'packages/idempotency/migrations']

/** From before the first release: nothing ran that knew what they took away. */
const beforeAnyRelease = new Set(['0004-stored-blob.sqlite.sql', '0020-log-ins.sql'])

const numberOf = (name: string) => Number(name.slice(0, 4))

for (const folder of folders) {
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  test(`the release before can run beside each migration of ${folder}`, () => {
    assert.ok(files.length > 0)
    for (const file of files.filter((name) => !beforeAnyRelease.has(name))) {
      const text = readFileSync(join(folder, file), 'utf8')
      const contract = contractOf(text)
      if (contract === undefined)
        assert.deepEqual(contractFaults(text), [], `${file}: add, and take away in a later release: docs/decisions/0048`)
      else {
        assert.ok(
          numberOf(contract) < numberOf(file) && files.some((name) => name.startsWith(`${contract}.`)),
          `${file}: there is no ${contract} before it`,
        )
        assert.notDeepEqual(contractFaults(text), [], `${file} takes nothing away`)
      }
    }
  })
}

const refused = [
  'DROP TABLE file;',
  'ALTER TABLE file DROP COLUMN kind;',
  'ALTER TABLE file DROP kind;',
  'ALTER TABLE file RENAME TO entry;',
  'ALTER TABLE file RENAME COLUMN kind TO sort;',
  'RENAME TABLE file TO entry;',
  'ALTER TABLE file ADD COLUMN place CHAR(36) NOT NULL;',
  'ALTER TABLE file ADD COLUMN place CHAR(36), ADD COLUMN depth INTEGER NOT NULL;',
  'ALTER TABLE file MODIFY COLUMN kind VARCHAR(5);',
  'ALTER TABLE file CHANGE kind sort VARCHAR(20);',
  'ALTER TABLE file ADD CONSTRAINT one UNIQUE (name);',
  'ALTER TABLE file ADD COLUMN place CHAR(36) REFERENCES folder (id);',
  'CREATE UNIQUE INDEX file_one ON file (name);',
  'CREATE TRIGGER t AFTER INSERT ON file BEGIN SELECT 1; END;',
  'DROP INDEX file_by_folder;',
  'DROP INDEX file_by_folder ON file;',
  "DELETE FROM file WHERE state = 'expired';",
]
const taken = [
  'CREATE TABLE place (id CHAR(36) NOT NULL PRIMARY KEY); CREATE UNIQUE INDEX one ON place (id); ALTER TABLE place ADD COLUMN name CHAR(5) NOT NULL;',
  'ALTER TABLE file ADD COLUMN place CHAR(36);',
  'ALTER TABLE file ADD COLUMN takes DECIMAL(10, 2) NOT NULL DEFAULT 0, ADD INDEX file_by_takes (takes, id);',
  'DROP INDEX file_by_folder; CREATE INDEX file_by_folder ON file (tenant_id, folder_id);',
  "UPDATE file SET kind = 'other';",
  'DELETE FROM sqlite_stat1;',
]

for (const text of refused) test(`refuses ${text}`, () => assert.notDeepEqual(contractFaults(text), []))
for (const text of taken) test(`takes ${text}`, () => assert.deepEqual(contractFaults(text), []))

test('a contract names what it is the contract of, and says why', () => {
  assert.equal(contractOf('-- Contract of 0016-live-updates: nobody has read it since.\nDROP TABLE x;'), '0016-live-updates')
  assert.equal(contractOf('-- Contract of 0016-live-updates\nDROP TABLE x;'), undefined)
})
