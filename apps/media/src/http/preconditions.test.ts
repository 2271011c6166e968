import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluatePreconditions, rangeIsCurrent } from './preconditions.ts'

const modifiedAt = Date.parse('2026-11-20T12:00:00.789Z')
const current = { etag: '"sha256-aa"', modifiedAt }
const same = new Date(modifiedAt).toUTCString()
const before = new Date(modifiedAt - 60_000).toUTCString()
const after = new Date(modifiedAt + 60_000).toUTCString()

test('preconditions are looked at in the order of RFC 9110', () => {
  const cases: [Record<string, string>, ReturnType<typeof evaluatePreconditions>][] = [
    [{}, 'proceed'],
    [{ 'if-match': '"sha256-aa"' }, 'proceed'],
    [{ 'if-match': '"x", "sha256-aa"' }, 'proceed'],
    [{ 'if-match': '*' }, 'proceed'],
    [{ 'if-match': 'W/"sha256-aa"' }, 'failed'],
    [{ 'if-match': '"x"' }, 'failed'],
    [{ 'if-match': '"x"', 'if-none-match': '"sha256-aa"' }, 'failed'],
    [{ 'if-unmodified-since': before }, 'failed'],
    [{ 'if-unmodified-since': same }, 'proceed'],
    [{ 'if-match': '"sha256-aa"', 'if-unmodified-since': before }, 'proceed'],
    [{ 'if-none-match': '"sha256-aa"' }, 'not_modified'],
    [{ 'if-none-match': 'W/"sha256-aa"' }, 'not_modified'],
    [{ 'if-none-match': '*' }, 'not_modified'],
    [{ 'if-none-match': '"x"', 'if-modified-since': after }, 'proceed'],
    [{ 'if-modified-since': same }, 'not_modified'],
    [{ 'if-modified-since': before }, 'proceed'],
    [{ 'if-modified-since': 'nonsense' }, 'proceed'],
  ]
  for (const [headers, expected] of cases) assert.equal(evaluatePreconditions(headers, current), expected, JSON.stringify(headers))
})

test('a range is answered only while the client has a part of what there is', () => {
  assert.equal(rangeIsCurrent({}, current), true)
  assert.equal(rangeIsCurrent({ 'if-range': '"sha256-aa"' }, current), true)
  assert.equal(rangeIsCurrent({ 'if-range': 'W/"sha256-aa"' }, current), false)
  assert.equal(rangeIsCurrent({ 'if-range': same }, current), true)
  assert.equal(rangeIsCurrent({ 'if-range': after }, current), false)
  assert.equal(rangeIsCurrent({ 'if-range': 'nonsense' }, current), false)
})
