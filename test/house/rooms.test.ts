import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { rooms } from '../../tools/gates/imports/rooms.ts'

test('every import rule is about a room that is there', () => {
  assert.deepEqual(
    rooms.map(({ path }) => path).filter((path) => !existsSync(path)),
    [],
  )
})
