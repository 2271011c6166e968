/** Makes a collection of Postman out of the OpenAPI document of a service of its own: `node tools/collection.ts FILE`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { createClient, expectJson } from '../test/service/client.ts'
import { openHouse } from '../test/service/house.ts'
import { collectionOf, type OpenApi } from './collection/postman.ts'

const [path = 'reports/holdfast.postman_collection.json'] = process.argv.slice(2)
await using house = await openHouse()
const document = expectJson<OpenApi>(await createClient(house.process.url).get('/openapi.json'), 200)
mkdirSync(dirname(path), { recursive: true })
writeFileSync(path, `${JSON.stringify(collectionOf(document), null, 2)}\n`)
console.log(`${path}: ${Object.values(document.paths).flatMap((operations) => Object.keys(operations)).length} requests`)
