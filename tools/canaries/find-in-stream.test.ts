import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findInStream } from './find-in-stream.ts'

async function* chunksOf(text: string, size: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < text.length; from += size) yield Buffer.from(text.slice(from, from + size))
}

test('a word is found wherever chunks end, and a part of it is none', async () => {
  const text = `${'x'.repeat(50)}canary-1${'canary-'.repeat(9)}${'y'.repeat(50)}canary-3`
  for (const size of [1, 7, 8, 9, 64, 1000])
    assert.deepEqual(
      await findInStream(chunksOf(text, size), ['canary-1', 'canary-2', 'canary-3']),
      new Set(['canary-1', 'canary-3']),
      String(size),
    )
})
