import { hash } from 'node:crypto'
import type { Report } from '../findings.ts'
import type { HouseAtRest } from './house.ts'

interface BlobRow {
  readonly id: string
  readonly tenant_id: string
  readonly storage_key: string
  readonly state: string
  readonly size: number
  readonly sha256: string
}

/** The store, read key by key and byte by byte, beside the rows. */
export async function checkStorage(house: HouseAtRest, report: Report): Promise<void> {
  const blobs = await house.rows<BlobRow>('SELECT id, tenant_id, storage_key, state, size, sha256 FROM stored_blob')
  const live = new Map(blobs.filter(({ state }) => state === 'live').map((blob) => [blob.storage_key, blob]))
  const storedBytes = new Map<string, number>()
  for (const key of await house.blobs.keys()) {
    const blob = live.get(key)
    if (blob === undefined) report('key.stray', key)
    else await checkBytes(house, blob, storedBytes, report)
    live.delete(key)
  }
  for (const { id, storage_key: key } of live.values()) report('blob.missing', `${id} at ${key}`)
  for (const { id, state } of blobs) if (state === 'staging' || state === 'condemned') report('blob.unfinished', `${id} is ${state}`)
  await checkQuota(house, storedBytes, report)
  await checkReferences(house, report)
}

async function checkBytes({ blobs }: HouseAtRest, blob: BlobRow, storedBytes: Map<string, number>, report: Report): Promise<void> {
  const bytes = await blobs.read(blob.storage_key)
  const { length: size } = bytes
  const sha256 = hash('sha256', bytes)
  storedBytes.set(blob.tenant_id, (storedBytes.get(blob.tenant_id) ?? 0) + size)
  if (size === blob.size && sha256 === blob.sha256) return
  report('blob.altered', `${blob.id} has ${size} bytes with ${sha256} and should have ${blob.size} with ${blob.sha256}`)
}

/** What counts against a tenant's quota is what its live blobs take. */
async function checkQuota({ rows }: HouseAtRest, storedBytes: ReadonlyMap<string, number>, report: Report): Promise<void> {
  const counted = await rows<{ tenant_id: string; bytes: number }>(
    "SELECT tenant_id, SUM(size) AS bytes FROM stored_blob WHERE state IN ('staging', 'live') GROUP BY tenant_id",
  )
  for (const { tenant_id: tenant, bytes } of counted) {
    const stored = storedBytes.get(tenant) ?? 0
    if (bytes !== stored) report('quota.sum', `tenant ${tenant} is counted ${bytes} bytes and stores ${stored}`)
  }
}

async function checkReferences({ rows }: HouseAtRest, report: Report): Promise<void> {
  const wrong = await rows<{ id: string; state: string }>(
    `SELECT file.id, file.state FROM file LEFT JOIN stored_blob ON stored_blob.id = file.blob_id
      WHERE file.state IN ('active', 'trashed') AND (stored_blob.id IS NULL OR stored_blob.state <> 'live' OR stored_blob.size <> file.size
            OR stored_blob.sha256 <> file.sha256 OR stored_blob.tenant_id <> file.tenant_id)`,
  )
  for (const { id, state } of wrong) report('file.blob', `${id} is ${state}`)
  const kept = await rows<{ id: string; version: number }>(
    `SELECT file.id, file_version.version FROM file_version JOIN file ON file.id = file_version.file_id
       LEFT JOIN stored_blob ON stored_blob.id = file_version.blob_id WHERE stored_blob.id IS NULL OR stored_blob.state <> 'live' OR file.state NOT IN ('active', 'trashed')`,
  )
  for (const { id, version } of kept) report('file.blob', `${id}, version ${version}`)
  const idle = await rows<{ id: string }>(
    `SELECT id FROM stored_blob WHERE state = 'live'
        AND NOT EXISTS (SELECT 1 FROM file WHERE file.blob_id = stored_blob.id AND file.state IN ('active', 'trashed'))
        AND NOT EXISTS (SELECT 1 FROM file_version WHERE file_version.blob_id = stored_blob.id)
        AND NOT EXISTS (SELECT 1 FROM thumbnail JOIN stored_blob AS source ON source.id = thumbnail.source_id
                         WHERE thumbnail.blob_id = stored_blob.id AND source.state = 'live')`,
  )
  for (const { id } of idle) report('blob.unreferenced', id)
}
