import type { Sql } from '@holdfast/database'
import { demand, type Principal } from '../kernel/principal.ts'
import { findUser, toUser, type User } from './user.ts'

/** Everybody may see themselves; to see others needs `administer`. Throws `user.unknown`. */
export async function getUser(sql: Sql, principal: Principal, userId: string): Promise<User> {
  const row = await findUser(sql, principal.tenantId, userId)
  if (userId !== principal.userId) demand(principal, 'administer')
  return toUser(row)
}
