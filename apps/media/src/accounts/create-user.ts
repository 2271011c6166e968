import { z } from 'zod'
import { newId } from '../kernel/ids.ts'
import { demand, type Principal, type Role } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { welcomeMail } from '../mail/messages.ts'
import { recordAudit } from '../operations/audit.ts'
import { countAdministrator, demandAuthorityOver } from './change-user.ts'
import { emailField, emailKey, encodeRoles, nameField, newPasswordField, rolesField } from './fields.ts'
import { findUser, refuseTakenEmail, toUser, type User } from './user.ts'

export const createUserInput = z.strictObject({
  email: emailField,
  name: nameField,
  roles: rolesField,
  password: newPasswordField.optional().describe('Where left out, the mail that welcomes the user has a link by which they choose one.'),
})

export interface NewUser {
  readonly email: string
  readonly name: string
  readonly roles: readonly Role[]
  /** Made before the transaction opens: hashing is slow. */
  readonly passwordHash: string | null
}

/** Needs `administer`. Throws `user.email_taken`, also where a user of another tenant has the address. */
export async function createUser(tx: Tx, principal: Principal, user: NewUser): Promise<User> {
  demand(principal, 'administer')
  demandAuthorityOver(principal, user.roles)
  const created = await insertUser(tx, principal.tenantId, principal.userId, user)
  await tx.outbox.dispatch(welcomeMail, { userId: created.id })
  return created
}

/** Without a look at who asks: the caller has decided that. `actor`: a user's id or `system`. */
export async function insertUser(tx: Tx, tenantId: string, actor: string, user: NewUser): Promise<User> {
  const id = newId(tx.now)
  await tx.sql
    .run(
      `INSERT INTO user (id, tenant_id, email, email_key, name, roles, password_hash, version, created_at, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)`,
      [id, tenantId, user.email, emailKey(user.email), user.name, encodeRoles(user.roles), user.passwordHash, tx.now, tx.now],
    )
    .catch(refuseTakenEmail)
  await countAdministrator(tx, tenantId, false, user.roles.includes('admin'))
  await recordAudit(tx, { tenantId, actor, action: 'user.created', subjectKind: 'user', subjectId: id, detail: { roles: user.roles } })
  return toUser(await findUser(tx.sql, tenantId, id))
}
