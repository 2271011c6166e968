import { UniqueViolation } from '@holdfast/database'
import type { Tx } from '../kernel/tx.ts'

/** As `take`, for what many rows of a tenant say together: `tree`, who lies in whom; `quota`, the sum of sizes. */
export async function takeTenant(tx: Tx, tenantId: string, subject: 'tree' | 'quota'): Promise<void> {
  const { changes } = await tx.sql.run('UPDATE tenant_take SET takes = takes + 1 WHERE tenant_id = ? AND subject = ?', [tenantId, subject])
  if (changes === 1) return
  try {
    await tx.sql.run('INSERT INTO tenant_take (tenant_id, subject, takes) VALUES (?, ?, 1)', [tenantId, subject])
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error
    await takeTenant(tx, tenantId, subject)
  }
}
