import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a restore changes on purpose: docs/decisions/0047. */
const changed =
  /^(manifest\.json|keys\.json|rows\/(house_store|house_sweep|lease|live_process|live_subscription|message|password_reset|session|stray_key)\.jsonl)$/

/** SHA-256 by file, as the backup in that folder lists it. */
export async function sumsOf(backup: string): Promise<ReadonlyMap<string, string>> {
  const lines = (await readFile(join(backup, 'SHA256SUMS'), 'utf8')).trimEnd().split('\n')
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]))
}

/** Of a house, and of the house that was filled from it. How many files were compared. */
export async function assertSameContent(one: string, other: string): Promise<number> {
  const [before, later] = [await sumsOf(one), await sumsOf(other)]
  assert.deepEqual([...later.keys()], [...before.keys()])
  const compared = [...before].filter(([file]) => !changed.test(file))
  for (const [file, sum] of compared) assert.equal(later.get(file), sum, file)
  return compared.length
}
