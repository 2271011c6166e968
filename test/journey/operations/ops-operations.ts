import { expectJson } from '../../service/client.ts'
import { openHouseSql } from '../../service/house-sql.ts'
import { trashedFile } from './file-operations.ts'
import type { KnownOperations, World } from './known-operation.ts'

interface Scheduled {
  readonly items: readonly { readonly id: string; readonly payload: string }[]
}

/** The message that waits to purge a deleted file. */
async function scheduledMessage(world: World): Promise<string> {
  const fileId = await trashedFile(world)
  const { items } = expectJson<Scheduled>(await world.owner.get('/v1/ops/schedule?limit=1000&name=media.purge-file.v1'), 200)
  const message = items.find(({ payload }) => payload.includes(fileId))
  if (message === undefined) throw new Error(`nothing waits to purge ${fileId}`)
  return message.id
}

/** Failing takes hours of retries: the row says that they are over. */
async function failedMessage(world: World): Promise<string> {
  const id = await scheduledMessage(world)
  await using sql = await openHouseSql(world)
  await sql.run("UPDATE message SET state = 'failed', handled_at = created_at, last_error = ? WHERE id = ?", world.marker, id)
  return id
}

async function toldStory({ owner, marker }: World): Promise<string> {
  const headers = { 'x-correlation-id': `story-${crypto.randomUUID()}` }
  expectJson(await owner.upload(`${marker}-${crypto.randomUUID()}.txt`, Buffer.from(marker), headers), 201)
  return headers['x-correlation-id']
}

const operated = { colleague: 403, foreigner: 404 }
const overview = { owner: 200, colleague: 403, foreigner: 200 }

export const opsOperations: KnownOperations = {
  'GET /v1/ops/messages': { subject: failedMessage, ...overview },
  'GET /v1/ops/failed': { subject: failedMessage, ...overview, tells: true },
  'GET /v1/ops/failed/{messageId}': { subject: failedMessage, owner: 200, ...operated, tells: true },
  'POST /v1/ops/failed/{messageId}/retry': { subject: failedMessage, owner: 202, ...operated },
  'DELETE /v1/ops/failed/{messageId}': { subject: failedMessage, owner: 204, ...operated },
  'GET /v1/ops/schedule': { subject: scheduledMessage, ...overview },
  'POST /v1/ops/schedule/{messageId}/cancel': { subject: scheduledMessage, owner: 204, ...operated },
  'POST /v1/ops/schedule/{messageId}/run-now': { subject: scheduledMessage, owner: 204, ...operated },
  'GET /v1/ops/stories/{correlationId}': { subject: toldStory, owner: 200, ...operated },
  'GET /v1/ops/audit': { subject: trashedFile, ...overview },
  'POST /v1/ops/reconcile': { ...overview },
}
