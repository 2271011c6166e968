import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replaceProcesses } from './replace-processes.ts'

const { HOLDFAST_TEST_NGINX_PATH: nginx, HOLDFAST_TEST_MYSQL_URL: databaseServer } = process.env

test('each process is replaced by another one, and no request fails', {
  skip: nginx === undefined && 'no HOLDFAST_TEST_NGINX_PATH',
}, async (t) => {
  const { failed, exits, requests, perSecond, tookMs } = await replaceProcesses({
    ...{ nginx: nginx ?? '', databaseServer },
    ...{ perSecond: 30, mostUnderWay: 40, forMs: 0 },
  })
  t.diagnostic(`${requests} requests, ${perSecond.toFixed(0)} a second, ${failed.length} failed; ${JSON.stringify(tookMs)} ms`)
  assert.deepEqual(failed.slice(0, 5), [])
  assert.deepEqual(exits, Array(3).fill({ code: 0, signal: null }))
  assert.ok(requests > 50)
})
