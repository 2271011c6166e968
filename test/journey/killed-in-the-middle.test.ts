import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { CrashPoint } from '../../apps/media/src/media/crash-point.ts'
import { expectJson } from '../service/client.ts'
import { killable } from '../service/holdfast-process.ts'
import { type House, openHouse } from '../service/house.ts'
import type { Reply, Request } from '../service/send.ts'

/** Killed at each step of an upload, then asked again under the same key: one file, whole. */

const points: readonly Parameters<CrashPoint>[0][] = [
  'request.claimed',
  'upload.reserved',
  'upload.receiving',
  'upload.stored',
  'request.effect-written',
  'request.answer-written',
  'request.committed',
]
const bytes = Buffer.alloc(3 * 1024 * 1024, 'holdfast')
let house: House

before(async () => {
  house = await openHouse({ IDEMPOTENCY_LEASE_MS: '500' }, { command: [killable, 'run'], stdin: 'pipe' })
})

after(() => house[Symbol.asyncDispose]())

for (const point of points) {
  test(`kill -9 at ${point}, then the same request again`, async () => {
    const name = `${point}.bin`
    const request = { method: 'POST', path: `/v1/files?name=${name}`, headers: { 'idempotency-key': point }, body: bytes }
    house.process.child.stdin?.write(`${point} 1\n`)
    await assert.rejects(house.administrator.send(request), 'its connection is cut')
    assert.deepEqual(await house.process.exited, { code: null, signal: 'SIGKILL' })

    await house.restart()
    const file = expectJson<{ id: string }>(await untilAnswered(request), 201)
    const { items } = expectJson<{ items: unknown[] }>(await house.administrator.get(`/v1/files?name=${name}`), 200)
    assert.deepEqual(items, [file])
    assert.deepEqual((await house.administrator.get(`/v1/files/${file.id}/content`)).body, bytes)
  })
}

/** The claim of the process that died keeps the key until its lease ends. */
async function untilAnswered(request: Request): Promise<Reply> {
  for (;;) {
    const reply = await house.administrator.send(request)
    if (reply.status !== 409) return reply
    await pause(100)
  }
}
