import { readdir } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'

const counts = {
  file: "state IN ('active', 'trashed')",
  folder: '1',
  blob: "state = 'live'",
  file_version: '1',
  sibling_name: '1',
  file_tag: '1',
  erasure: '1',
  tenant: '1',
  user: '1',
  api_key: 'revoked_at IS NULL',
}

export interface Snapshot {
  readonly rows: Readonly<Record<string, number>>
  readonly storedKeys: readonly string[]
}

/** What a house holds, once the bytes of refused uploads are gone. What it only remembers (audit, messages, keys) does not count. */
export async function takeSnapshot(dataDir: string): Promise<Snapshot> {
  using database = new DatabaseSync(`${dataDir}/holdfast.db`, { readOnly: true, timeout: 10_000 })
  const count = (table: string, where: string) => Number(database.prepare(`SELECT COUNT(*) AS n FROM ${table} WHERE ${where}`).get()?.['n'])
  const until = performance.now() + 20_000
  while (count('blob', "state IN ('staging', 'condemned')") > 0 && performance.now() < until) await pause(50)
  const rows = Object.fromEntries(Object.entries(counts).map(([table, where]) => [table, count(table, where)]))
  return { rows, storedKeys: await storedKeys(`${dataDir}/blobs`) }
}

async function storedKeys(blobsDir: string): Promise<string[]> {
  const entries = await readdir(blobsDir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort()
}
