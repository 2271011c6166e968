import { createHash } from 'node:crypto'
import type { Report } from '../findings.ts'
import type { HouseAtRest } from './house.ts'

type LinkedRow = Readonly<Record<string, string | number | null>> & { readonly seq: number; readonly hash: string }

const columns = ['id', 'tenant_id', 'at', 'actor', 'action', 'subject_kind', 'subject_id', 'correlation_id', 'detail'] as const

/** Each link is the SHA-256 of the one before and of its row, and there is one for each row up to the last that is linked. */
export async function checkChain({ rows }: HouseAtRest, report: Report): Promise<void> {
  let seq = 0
  let hash = '0'.repeat(64)
  for (const row of await rows<LinkedRow>(
    `SELECT seq, hash, ${columns.map((column) => `audit.${column}`).join(', ')} FROM audit_link LEFT JOIN audit ON audit.id = audit_id ORDER BY seq`,
  )) {
    const canonical = JSON.stringify(columns.map((column) => row[column]))
    hash = createHash('sha256').update(hash).update(canonical).digest('hex')
    seq++
    if (row.seq !== seq || row.hash !== hash) {
      report('audit.chain', `broken at link ${row.seq}, audit row ${row['id']}`)
      return
    }
  }
  const between = await rows<{ id: number }>(
    'SELECT id FROM audit WHERE id < (SELECT MAX(audit_id) FROM audit_link) AND id NOT IN (SELECT audit_id FROM audit_link)',
  )
  for (const { id } of between) report('audit.chain', `audit row ${id} is in no link`)
}
