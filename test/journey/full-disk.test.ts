import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { expectJson, type Problem } from '../service/client.ts'
import { openHouse } from '../service/house.ts'
import { json, type Reply } from '../service/send.ts'
import { cannotMount } from '../service/small-disk.ts'
import { takeSnapshot } from '../service/snapshot.ts'

/** A disk of 24 MiB, and a house on it. */

const mebibyte = 1024 * 1024

async function openSmallDisk() {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder])
  const filler = join(folder, 'filler')
  return {
    folder,
    /** But for so many bytes. */
    fill: async (leftBytes: number) => {
      const { bavail, bsize } = await statfs(folder)
      const written = writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - leftBytes)))
      // What the house has written meanwhile is missing at the end.
      await written.catch((error: NodeJS.ErrnoException) => assert.equal(error.code, 'ENOSPC'))
    },
    empty: () => rm(filler),
    [Symbol.asyncDispose]: async () => {
      execFileSync('umount', ['--lazy', folder])
      await rm(folder, { recursive: true })
    },
  }
}

test('a full disk refuses what it cannot hold, keeps what it has, and serves again when there is room', { skip: cannotMount }, async () => {
  await using disk = await openSmallDisk()
  await using house = await openHouse({}, { dataDir: join(disk.folder, 'data') })
  const { administrator, dataDir, process: holdfast } = house
  const { id } = expectJson<{ id: string }>(await administrator.upload('kept.bin', Buffer.alloc(mebibyte, 'kept')), 201)
  const before = await takeSnapshot({ dataDir })

  await disk.fill(3 * mebibyte)
  const tooMuch = await administrator.upload('large.bin', Buffer.alloc(8 * mebibyte, 'x'), { 'idempotency-key': 'large' })
  assertUnavailable(tooMuch, /^storage\.unavailable$/)
  assert.deepEqual(await takeSnapshot({ dataDir }), before, 'nothing of it was kept')

  await disk.empty()
  await disk.fill(0)
  const anywhere = /^(storage|database|idempotency\.store)[._]unavailable$/
  assertUnavailable(await administrator.ask('POST', '/v1/folders', { name: 'no room' }), anywhere)
  assertUnavailable(await administrator.ask('POST', '/v1/folders', { name: 'no room' }, { 'idempotency-key': 'folder' }), anywhere)
  assertUnavailable(await administrator.upload('small.bin', Buffer.from('small')), anywhere)
  assertUnavailable(await administrator.ask('DELETE', `/v1/files/${id}`), anywhere)
  assert.equal((await administrator.get(`/v1/files/${id}/content`)).body.length, mebibyte, 'what is there can be read')
  assert.ok(holdfast.isRunning())

  await disk.empty()
  assert.deepEqual(await takeSnapshot({ dataDir }), before)
  expectJson(await administrator.upload('large.bin', Buffer.alloc(8 * mebibyte, 'x'), { 'idempotency-key': 'large' }), 201)
  expectJson(await administrator.ask('POST', '/v1/folders', { name: 'no room' }, { 'idempotency-key': 'folder' }), 201)
  assert.deepEqual(await holdfast.stop(), { code: 0, signal: null })
})

function assertUnavailable(reply: Reply, code: RegExp): void {
  const told = `${reply.status} ${reply.body}`
  assert.equal(reply.status, 503, told)
  assert.match(json<Problem>(reply).code, code, told)
  assert.match(String(reply.headers['retry-after']), /^[1-9]\d*$/)
  assert.doesNotMatch(reply.body.toString(), /\\n\s+at |\.ts:\d/, told)
}
