import type { Sql } from '@holdfast/database'
import type { InTransaction } from '../kernel/tx.ts'
import { assertNotLockedOut, countFailure } from './lock-out.ts'
import type { PasswordHashing } from './password-hashing.ts'
import { findUserByEmail, type UserRow } from './user.ts'

export interface CheckPasswordDeps {
  readonly read: Sql
  readonly inTransaction: InTransaction
  readonly passwords: PasswordHashing
  readonly clock: () => number
}

/**
 * The enabled user with this address and password; undefined when there is none, which counts against the address. Whoever goes on
 * from there in a transaction clears the count (`clearFailures`).
 * Throws `auth.locked_out`, `auth.busy`.
 */
export async function checkPassword(deps: CheckPasswordDeps, email: string, password: string): Promise<UserRow | undefined> {
  let user: UserRow | undefined
  const matches = await deps.passwords.verify(password, {
    // Asked when its turn has come: a crowd of guesses that queued up together is stopped too.
    load: async () => {
      await assertNotLockedOut(deps.read, email, deps.clock())
      user = await findUserByEmail(deps.read, email)
      return user?.disabled_at === null ? user.password_hash : null
    },
    refused: () => deps.inTransaction((tx) => countFailure(tx, email)),
  })
  return matches ? user : undefined
}
