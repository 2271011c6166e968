import type { Sql } from '@holdfast/database'
import type { Role } from '../kernel/principal.ts'
import type { Authenticated } from './authenticate.ts'
import { findUser, toUser, type User } from './user.ts'

export interface Me {
  readonly user: User
  readonly tenant: { readonly id: string; readonly name: string }
  /** What this credential may do: an API key's scopes can be fewer than its user's roles. */
  readonly roles: readonly Role[]
  readonly via: Authenticated['via']
}

export async function getMe(sql: Sql, principal: Authenticated): Promise<Me> {
  const user = toUser(await findUser(sql, principal.tenantId, principal.userId))
  const tenant = await sql.get<{ name: string }>('SELECT name FROM tenant WHERE id = ?', [principal.tenantId])
  return { user, tenant: { id: principal.tenantId, name: tenant?.name ?? '' }, roles: principal.roles, via: principal.via }
}
