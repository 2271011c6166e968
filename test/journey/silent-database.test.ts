import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startTcpProxy } from '../faults/tcp-proxy.ts'
import { openHouse } from '../service/house.ts'
import { openHouseSql } from '../service/house-sql.ts'
import { makeDatabase } from '../service/own-database.ts'
import { type Reply, type Request, send } from '../service/send.ts'

/** A client is cut off while the database says nothing. Its key is free again soon after the database speaks: a repeat is answered. */

const server = process.env['HOLDFAST_TEST_MYSQL_URL']
const skip = server === undefined && 'no HOLDFAST_TEST_MYSQL_URL'
const bytes = Buffer.alloc(20_000, 'bytes')
const leaseMs = 1_000
/** Far below the 30 s for which a body may stall: a lease, and what the database has to catch up with. */
const freeWithinMs = 15_000

async function openHouseBehindProxy(t: TestContext) {
  const opened = new AsyncDisposableStack()
  t.after(() => opened.disposeAsync())
  const database = opened.use(await makeDatabase(server ?? ''))
  const [url = ''] = database.url.split(',')
  const proxy = opened.use(await startTcpProxy(url))
  const house = opened.use(await openHouse({ DATABASE_URL: proxy.url, IDEMPOTENCY_LEASE_MS: String(leaseMs) }))
  const upload = (request: Partial<Request>): Promise<Reply> =>
    send(house.process.url, {
      method: 'POST',
      path: '/v1/files?name=cut',
      headers: { authorization: `Bearer ${house.account.apiKey}`, 'idempotency-key': 'cut' },
      body: bytes,
      ...request,
    })
  const untilStored = async () => {
    const begun = performance.now()
    while ((await upload({})).status !== 201) await pause(100)
    return performance.now() - begun
  }
  return { dataDir: house.dataDir, url, proxy, upload, untilStored }
}

test('an upload that is cut off while it is found out who asks', { skip }, async (t) => {
  const { proxy, upload, untilStored } = await openHouseBehindProxy(t)
  proxy.stall()
  await assert.rejects(upload({ cutAfterBytes: bytes.length / 2 }))
  await pause(leaseMs / 2)
  proxy.resume()
  // By now it has claimed its key, if it does at all.
  await pause(leaseMs)
  const tookMs = await untilStored()
  assert.ok(tookMs < freeWithinMs, `${tookMs} ms`)
})

test('an upload that is cut off in the middle of its bytes', { skip }, async (t) => {
  const { dataDir, url, proxy, upload, untilStored } = await openHouseBehindProxy(t)
  const { promise: isCut, reject: cut } = Promise.withResolvers<never>()
  const sent = upload({ body: halfUntil(isCut) })
  await using sql = await openHouseSql({ dataDir, settings: { DATABASE_URL: url } })
  while ((await sql.rows("SELECT id FROM stored_blob WHERE state = 'staging'")).length === 0) await pause(20)
  proxy.stall()
  cut(new Error('the client is gone'))
  await assert.rejects(sent)
  await pause(leaseMs)
  proxy.resume()
  const tookMs = await untilStored()
  assert.ok(tookMs < freeWithinMs, `${tookMs} ms`)
})

async function* halfUntil(isCut: Promise<never>) {
  yield bytes.subarray(0, bytes.length / 2)
  await isCut
}
