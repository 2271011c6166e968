/** Writes the Postman collection of the service's own OpenAPI document: `node tools/postman.ts > holdfast.postman_collection.json`. */
import { openHouse } from '../test/service/house.ts'
import { type ApiDocument, postmanCollection } from './postman/collection.ts'

await using house = await openHouse()
const document = (await (await fetch(`${house.process.url}/openapi.json`)).json()) as ApiDocument
process.stdout.write(`${JSON.stringify(postmanCollection(document), null, 2)}\n`)
