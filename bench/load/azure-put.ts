/** `azure-put.ts PLAN`: puts blobs into a container of its own, several at once, and measures it in this process. */
import { Readable } from 'node:stream'
import type { ContainerClient } from '@azure/storage-blob'
import { azureBlobs } from '../../apps/media/src/adapters/azure-blobs/azure-blobs.ts'
import { containerOf, makeContainer } from '../../test/service/own-container.ts'
import { measure } from './measure.ts'

export interface AzurePutPlan {
  /** `http://ACCOUNT:KEY@HOST:PORT/ACCOUNT` */
  readonly url: string
  readonly by: 'adapter' | 'driver'
  readonly atOnce: number
  readonly putsEach: number
  readonly fileBytes: number
  readonly blockBytes: number
}

const chunkBytes = 64 * 1024
const chunk = crypto.getRandomValues(new Uint8Array(chunkBytes))
const plan = JSON.parse(process.argv[2] ?? '') as AzurePutPlan
const never = new AbortController().signal
await using own = await makeContainer(plan.url)
const container = containerOf(own.settings)
const put = plan.by === 'adapter' ? byAdapter(container) : byDriver(container)

await putAll(1)
const measured = await measure(process.pid, async () => {
  await putAll(plan.putsEach)
  return plan.atOnce * plan.putsEach * plan.fileBytes
})
console.log(JSON.stringify(measured))

type Put = (key: string, bytes: AsyncIterable<Uint8Array>) => Promise<unknown>

function byAdapter(into: ContainerClient): Put {
  const blobs = azureBlobs(into)
  return (key, bytes) => blobs.put(key, bytes, never)
}

/** One block on its way, as the adapter has it. */
function byDriver(into: ContainerClient): Put {
  const conditions = { ifNoneMatch: '*' }
  return (key, bytes) =>
    into.getBlockBlobClient(key).uploadStream(Readable.from(bytes, { objectMode: false }), plan.blockBytes, 1, { conditions })
}

async function putAll(times: number): Promise<void> {
  const one = async () => {
    for (let done = 0; done < times; done++) await put(crypto.randomUUID(), someBytes())
  }
  await Promise.all(Array.from({ length: plan.atOnce }, one))
}

/** New memory each time: whoever takes it may give it back. */
async function* someBytes(): AsyncGenerator<Uint8Array> {
  for (let left = plan.fileBytes; left > 0; left -= chunkBytes) yield Uint8Array.from(chunk)
}
