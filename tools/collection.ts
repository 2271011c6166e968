/** Makes a collection of Postman out of the OpenAPI document of this release: `node tools/collection.ts FILE`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { collectionOf, type OpenApi } from './collection/postman.ts'
import { readDocument } from './collection/read-document.ts'

const [path = 'reports/holdfast.postman_collection.json'] = process.argv.slice(2)
const document = JSON.parse(await readDocument()) as OpenApi
mkdirSync(dirname(path), { recursive: true })
writeFileSync(path, `${JSON.stringify(collectionOf(document), null, 2)}\n`)
console.log(`${path}: ${Object.values(document.paths).flatMap((operations) => Object.keys(operations)).length} requests`)
