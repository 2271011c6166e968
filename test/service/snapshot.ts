import { readdir } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { type HousePlace, openHouseSql } from './house-sql.ts'
import { keysInContainer } from './own-container.ts'

const counts = {
  file: "state IN ('active', 'trashed')",
  folder: '1',
  stored_blob: "state = 'live'",
  file_version: '1',
  sibling_name: '1',
  file_tag: '1',
  erasure: '1',
  entry_share: '1',
  tenant: '1',
  user: '1',
  api_key: 'revoked_at IS NULL',
}

export interface Snapshot {
  readonly rows: Readonly<Record<string, number>>
  readonly storedKeys: readonly string[]
}

/** What a house holds, once the bytes of refused uploads are gone. What it only remembers (audit, messages, keys) does not count. */
export async function takeSnapshot(place: HousePlace): Promise<Snapshot> {
  await using sql = await openHouseSql(place)
  const count = async (table: string, where: string) => {
    const [row] = await sql.rows<{ many: number }>(`SELECT COUNT(*) AS many FROM ${table} WHERE ${where}`)
    return Number(row?.many)
  }
  const until = performance.now() + 20_000
  while ((await count('stored_blob', "state IN ('staging', 'condemned')")) > 0 && performance.now() < until) await pause(50)
  const rows: Record<string, number> = {}
  for (const [table, where] of Object.entries(counts)) rows[table] = await count(table, where)
  return { rows, storedKeys: ((await keysInContainer(place.settings)) ?? (await keysInFolder(`${place.dataDir}/blobs`))).sort() }
}

async function keysInFolder(blobsDir: string): Promise<string[]> {
  const entries = await readdir(blobsDir, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}
