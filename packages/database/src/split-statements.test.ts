import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splitStatements } from './split-statements.ts'

test('semicolons in quotes and comments end nothing', () => {
  assert.deepEqual(
    splitStatements(`INSERT INTO t VALUES ('a;\nb''; c');;\nSELECT ";" -- one; two\n, \`;\` /* x;\n */ FROM t;\n-- the end;`),
    [`INSERT INTO t VALUES ('a;\nb''; c')`, 'SELECT ";"  \n, `;`   FROM t'],
  )
})

test('two statements on one line are two', () => {
  assert.deepEqual(splitStatements('CREATE TABLE a (x); CREATE TABLE b (x); -- why'), ['CREATE TABLE a (x)', 'CREATE TABLE b (x)'])
})

test('the body of a trigger belongs to it', () => {
  const trigger = `CREATE TRIGGER t BEFORE UPDATE ON a WHEN CASE new.x WHEN 1 THEN 1 ELSE 0 END BEGIN
    SELECT RAISE(ABORT, 'no; never');
    UPDATE b SET x = CASE WHEN x = 1 THEN 2 END;
  END`
  assert.deepEqual(splitStatements(`${trigger};\nDELETE FROM a`), [trigger, 'DELETE FROM a'])
})

test('nothing but comments is no statement', () => {
  assert.deepEqual(splitStatements('-- nothing\n/* at; all */\n;\n'), [])
})
