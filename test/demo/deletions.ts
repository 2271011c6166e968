import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { runCommand } from '../service/run-command.ts'
import { type Caller, json } from './caller.ts'
import { demand, tell } from './tell.ts'
import type { StoredFile } from './uploads.ts'

export async function trashAndRestore(call: Caller, { id, name }: StoredFile): Promise<void> {
  tell.step(`Delete ${name}, and regret it`)
  await call('DELETE', `/v1/files/${id}`, { status: 202, note: 'into the trash' })
  await call('GET', `/v1/files/${id}/content`, { status: 404, note: 'out of reach at once' })
  await call('POST', `/v1/files/${id}/restore`, { status: 200, note: 'back again' })
  await call('GET', `/v1/files/${id}/content`, { status: 200 })
}

const purgeWithinMs = 60_000

/** Returns the correlation id under which it was deleted. */
export async function trashUntilPurged(call: Caller, { id, name }: StoredFile): Promise<string> {
  tell.step(`Delete ${name} for good`)
  const correlationId = `demo-${crypto.randomUUID()}`
  const headers = { 'x-correlation-id': correlationId }
  const { purgeAt } = json<StoredFile>(await call('DELETE', `/v1/files/${id}`, { headers, status: 202, note: 'into the trash' }))
  tell.line(`It can be restored until ${purgeAt}; waiting for that …`)
  const purgedAt = await whenPurged(call, id)
  demand(purgeAt !== null && purgedAt >= Date.parse(purgeAt), 'it was purged after its grace, not before')
  return correlationId
}

async function whenPurged(call: Caller, id: string): Promise<number> {
  const until = Date.now() + purgeWithinMs
  const inTrash = async () =>
    json<{ items: { id: string }[] }>(await call('GET', '/v1/trash', { status: 200 })).items.some((item) => item.id === id)
  while (await inTrash()) {
    if (Date.now() > until) throw new Error('it was not purged in time')
    await pause(1_000)
  }
  const purgedAt = Date.now()
  await call('GET', `/v1/files/${id}`, { status: 410, note: 'gone' })
  return purgedAt
}

/** Erases without a grace, and checks the receipt as anybody could: without the server. */
export async function eraseWithReceipt(call: Caller, dataDir: string, { id, name, sha256 }: StoredFile): Promise<void> {
  tell.step(`Erase ${name} now, with a receipt`)
  const { bytes } = await call('POST', `/v1/files/${id}/erase`, { status: 200, note: 'a signed receipt' })
  const path = join(dataDir, 'receipt.json')
  await writeFile(path, bytes)
  demand((await verify(dataDir, path)) === 0, 'holdfast media verify-receipt receipt.json: genuine')
  const forged = join(dataDir, 'forged.json')
  await writeFile(forged, bytes.toString().replaceAll(sha256, '0'.repeat(64)))
  demand((await verify(dataDir, forged)) === 3, 'holdfast media verify-receipt forged.json: not genuine')
}

const verify = async (dataDir: string, path: string) => (await runCommand({ dataDir }, 'media', 'verify-receipt', path)).code
