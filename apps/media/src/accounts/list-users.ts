import type { Sql } from '@holdfast/database'
import { decodeCursor, type Page, type PageRequest, toPage } from '../kernel/page.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import { toUser, type User, type UserRow, userColumns } from './user.ts'

/** The tenant's users in the order they were made. Needs `administer`. Throws `request.cursor_invalid`. */
export async function listUsers(sql: Sql, principal: Principal, { limit, cursor }: PageRequest): Promise<Page<User>> {
  demand(principal, 'administer')
  const [after] = cursor === undefined ? [''] : decodeCursor(cursor, 1)
  const rows = await sql.all<UserRow>(`SELECT ${userColumns} FROM user WHERE tenant_id = ? AND id > ? ORDER BY id LIMIT ?`, [
    principal.tenantId,
    String(after),
    limit + 1,
  ])
  return toPage(rows, limit, (row) => [row.id], toUser)
}
