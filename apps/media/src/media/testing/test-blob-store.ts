import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import type { Failure } from '../../kernel/failure.ts'
import type { BlobStore, StoredKey } from '../blob-store.ts'

const never = new AbortController().signal

/** What every store of blobs must do. Each test has keys of its own. */
export function testBlobStore(name: string, skip: string | false, open: () => Promise<BlobStore>): void {
  describe(name, { skip }, () => {
    it('gives what was put, whole and in ranges, lists it, and deletes it as often as asked', async () => {
      const { blobs, key, read, listed } = await openScene(open)
      const before = Date.now()
      await blobs.put(key, chunks('hel', '', 'lo'), never)
      const parts = [await read(key), await read(key, 0, 0), await read(key, 1, 3), await read(key, 4, 4)]
      assert.deepEqual(parts, ['hello', 'h', 'ell', 'o'])
      assert.equal(await blobs.size(key), 5)
      const found = await listed(key)
      assert.equal(found?.size, 5)
      assert.ok(Math.abs(found.modifiedAt - before) < 60_000)
      for (let round = 0; round < 2; round++) await blobs.delete(key)
      assert.equal(await blobs.size(key), undefined)
      assert.equal(await listed(key), undefined)
      await assert.rejects(blobs.open(key), ({ code }: Failure) => code === 'storage.blob_missing')
    })

    it('takes an empty blob for a blob', async () => {
      const { blobs, key, read } = await openScene(open)
      await blobs.put(key, chunks(), never)
      assert.equal(await blobs.size(key), 0)
      assert.equal(await read(key), '')
    })

    it('uses a key once: the second put fails and harms nothing', async () => {
      const { blobs, key, read } = await openScene(open)
      await blobs.put(key, chunks('first'), never)
      await assert.rejects(blobs.put(key, chunks('second'), never), /used twice/)
      assert.equal(await read(key), 'first')
    })

    for (const bytes of [1, 3_000_000]) {
      it(`lets one of several puts at once have a key, of ${bytes} bytes each`, async () => {
        const { blobs, key, read } = await openScene(open)
        const puts = ['a', 'b', 'c'].map((letter) => blobs.put(key, chunks(letter.repeat(bytes)), never))
        const outcomes = await Promise.allSettled(puts)
        const won = outcomes.findIndex(({ status }) => status === 'fulfilled')
        assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
        assert.equal(await read(key), 'abc'.charAt(won).repeat(bytes))
      })
    }

    it('keeps chunks of any size in their order, and gives their memory back', async () => {
      const { blobs, key } = await openScene(open)
      const sizes = [...Array.from({ length: 200 }, () => 1), 300_000, 0, 70_000, 70_000, 1_700_000, 70_000, 70_000, 3]
      const parts = sizes.map((size, index) => new Uint8Array(size).fill(index))
      const expected = Buffer.concat(parts)
      await blobs.put(key, Readable.from(parts), never)
      assert.deepEqual(Buffer.concat(await (await blobs.open(key)).toArray()), expected)
      assert.ok(parts.every(({ length }) => length === 0))
      await assert.rejects(blobs.put(`${key}-again`, Readable.from(parts), never), /used again/)
    })

    it('leaves no key where a put is stopped, tells why, and lets its source go', async () => {
      const { blobs, key, listed } = await openScene(open)
      const breaking = async function* () {
        yield Buffer.from('half')
        throw new Error('the source broke')
      }
      await assert.rejects(blobs.put(key, breaking(), never), /the source broke/)
      const controller = new AbortController()
      const ended = Promise.withResolvers<void>()
      const endless = async function* () {
        try {
          for (;;) {
            yield Buffer.alloc(100_000)
            setTimeout(() => controller.abort(new Error('enough')), 20)
            await new Promise(setImmediate)
          }
        } finally {
          ended.resolve()
        }
      }
      await assert.rejects(blobs.put(key, endless(), controller.signal), /enough/)
      await ended.promise
      await assert.rejects(blobs.put(key, chunks('x'), AbortSignal.abort(new Error('too late'))), /too late/)
      assert.equal(await blobs.size(key), undefined)
      assert.equal(await listed(key), undefined)
    })

    it('ends a put whose source has nothing to give', async () => {
      const { blobs, key } = await openScene(open)
      const controller = new AbortController()
      const hanging = async function* () {
        yield Buffer.from('half')
        setImmediate(() => controller.abort(new Error('enough')))
        await new Promise(() => undefined)
      }
      await assert.rejects(blobs.put(key, hanging(), controller.signal), /enough/)
      assert.equal(await blobs.size(key), undefined)
    })
  })
}

async function* chunks(...parts: string[]) {
  for (const part of parts) yield Buffer.from(part)
}

async function openScene(open: () => Promise<BlobStore>) {
  const blobs = await open()
  return {
    blobs,
    key: `ab/${randomUUID()}`,
    read: async (key: string, start?: number, end = 0) => {
      const stream = await blobs.open(key, start === undefined ? undefined : { start, end })
      return String(Buffer.concat(await stream.toArray()))
    },
    listed: async (key: string) => {
      let found: StoredKey | undefined
      for await (const stored of blobs.list()) if (stored.key === key) found = stored
      return found
    },
  }
}
