import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { expectJson } from '../service/client.ts'
import { openHouse } from '../service/house.ts'
import { keysInContainer, makeContainer } from '../service/own-container.ts'
import { runCommand } from '../service/run-command.ts'

const url = process.env['HOLDFAST_TEST_AZURE_BLOB_URL'] ?? ''
const skip = url === '' && 'no HOLDFAST_TEST_AZURE_BLOB_URL'

test('a file lives in Azure from its upload to its erasure, and nothing of it stays', { skip }, async () => {
  await using container = await makeContainer(url)
  const { settings } = container
  await using house = await openHouse(settings)
  const { administrator } = house

  const bytes = Buffer.alloc(3_000_000, 'the tide comes in, ')
  const { id } = expectJson<{ id: string }>(await administrator.upload('tide.txt', bytes), 201)
  assert.deepEqual((await administrator.get(`/v1/files/${id}/content`)).body, bytes)
  const part = await administrator.get(`/v1/files/${id}/content`, { range: 'bytes=4-7' })
  assert.deepEqual([part.status, String(part.body)], [206, 'tide'])
  assert.equal((await keysInContainer(settings))?.length, 1)

  assert.equal((await administrator.ask('POST', `/v1/files/${id}/erase`)).status, 200)
  while ((await keysInContainer(settings))?.length !== 0) await pause(50)
  assert.equal((await runCommand({ dataDir: house.dataDir, settings }, 'media', 'reconcile', '--now')).code, 0)
})
