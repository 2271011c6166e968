import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ApiDocument, postmanCollection } from '../../tools/postman/collection.ts'
import { openHouse } from '../service/house.ts'

const path = join(import.meta.dirname, '../../docs/api/holdfast.postman_collection.json')

test('the Postman collection is that of the service’s own document: `make postman` writes it anew', async () => {
  await using house = await openHouse()
  const document = (await (await fetch(`${house.process.url}/openapi.json`)).json()) as ApiDocument
  assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), JSON.parse(JSON.stringify(postmanCollection(document))))
})
