import assert from 'node:assert/strict'
import test from 'node:test'
import { parseTags } from './tags.ts'
import { failure } from './testing/open-media-room.ts'

test('tags are trimmed, in NFC, each once, in their order', () => {
  assert.deepEqual(parseTags([' b ', 'a', 'b', 'e\u0301', 'é', 'B']), ['b', 'a', 'é', 'B'])
  assert.deepEqual(parseTags([]), [])
  assert.deepEqual(parseTags(['x'.repeat(64)]), ['x'.repeat(64)])
})

test('tags that are none are refused', () => {
  const many = Array.from({ length: 51 }, (_, index) => `t${index}`)
  for (const tags of [[''], [' '], ['x'.repeat(65)], ['a\nb'], ['a\0'], ['\ud800'], many]) {
    assert.throws(() => parseTags(tags), failure('file.tags_invalid'), JSON.stringify(tags))
  }
})
