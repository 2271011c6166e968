import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { expectJson } from '../service/client.ts'
import { openHouse } from '../service/house.ts'
import { runCommand } from '../service/run-command.ts'

const url = process.env['HOLDFAST_TEST_AZURE_BLOB_URL']
const skip = url === undefined && 'no HOLDFAST_TEST_AZURE_BLOB_URL'

test('a file lives in Azure from its upload to its erasure, and nothing of it stays', { skip }, async () => {
  const { origin, pathname, username, password } = new URL(url ?? '')
  const [endpoint, accountKey, name] = [`${origin}${pathname}`, decodeURIComponent(password), `journey-${randomUUID()}`]
  const container = new ContainerClient(`${endpoint}/${name}`, new StorageSharedKeyCredential(username, accountKey))
  await container.create()
  const stored = async () => {
    const names: string[] = []
    for await (const blob of container.listBlobsFlat()) if (!blob.name.startsWith('.')) names.push(blob.name)
    return names
  }
  const settings = { STORAGE_URL: 'azure:', AZURE_BLOB_ENDPOINT: endpoint, AZURE_BLOB_CONTAINER: name, AZURE_BLOB_ACCOUNT_KEY: accountKey }
  await using house = await openHouse(settings)
  const { administrator } = house

  const bytes = Buffer.alloc(3_000_000, 'the tide comes in, ')
  const { id } = expectJson<{ id: string }>(await administrator.upload('tide.txt', bytes), 201)
  assert.deepEqual((await administrator.get(`/v1/files/${id}/content`)).body, bytes)
  const part = await administrator.get(`/v1/files/${id}/content`, { range: 'bytes=4-7' })
  assert.deepEqual([part.status, String(part.body)], [206, 'tide'])
  assert.equal((await stored()).length, 1)

  assert.equal((await administrator.ask('POST', `/v1/files/${id}/erase`)).status, 200)
  while ((await stored()).length > 0) await pause(50)
  assert.equal((await runCommand({ dataDir: house.dataDir, settings }, 'media', 'reconcile', '--now')).code, 0)
})
