/** Sends the demo's sample files to a stack that runs: `node test/demo/fixtures.ts URL`, with what `holdfast api-keys create --json` printed on its input. */
import { json as readJson } from 'node:stream/consumers'
import { createCaller } from './caller.ts'
import { uploadSamples } from './uploads.ts'

const [url = ''] = process.argv.slice(2)
const { id, key } = (await readJson(process.stdin)) as { readonly id: string; readonly key: string }
const call = createCaller(url, key)
try {
  await uploadSamples(call)
} finally {
  await call('DELETE', `/v1/api-keys/${id}`, { status: 204, note: 'the key of these uploads' })
}
process.exit()
