import type { Sql } from '@holdfast/database'
import { decodeCursor, type Page, type PageRequest, toPage } from '../kernel/page.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import { type ApiKey, type ApiKeyRow, apiKeyColumns, toApiKey } from './api-key.ts'

export interface ListApiKeysInput extends PageRequest {
  /** Another user's keys: needs `administer`. A user of another tenant has none. */
  readonly userId?: string | undefined
}

/** Revoked and expired ones too, in the order they were made. Throws `request.cursor_invalid`. */
export async function listApiKeys(sql: Sql, principal: Principal, input: ListApiKeysInput): Promise<Page<ApiKey>> {
  const { limit, cursor, userId = principal.userId } = input
  if (userId !== principal.userId) demand(principal, 'administer')
  const [after] = cursor === undefined ? [''] : decodeCursor(cursor, 1)
  const rows = await sql.all<ApiKeyRow>(
    `SELECT ${apiKeyColumns} FROM api_key WHERE tenant_id = ? AND user_id = ? AND id > ? ORDER BY id LIMIT ?`,
    [principal.tenantId, userId, String(after), limit + 1],
  )
  return toPage(rows, limit, (row) => [row.id], toApiKey)
}
