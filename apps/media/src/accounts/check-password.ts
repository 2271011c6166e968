import type { Sql } from '@holdfast/database'
import type { InTransaction } from '../kernel/tx.ts'
import { assertNotLockedOut, countFailure, type Guessing, guessingOf, type TriedFrom } from './lock-out.ts'
import type { PasswordHashing } from './password-hashing.ts'
import { findUserByEmail, type UserRow } from './user.ts'

export interface CheckPasswordDeps {
  readonly read: Sql
  readonly inTransaction: InTransaction
  readonly passwords: PasswordHashing
  readonly clock: () => number
}

export interface PasswordTry {
  readonly email: string
  readonly password: string
  readonly from: TriedFrom
}

export interface CheckedPassword {
  readonly user: UserRow
  /** What failures from there have counted against: whoever goes on in a transaction forgives them. */
  readonly guessings: readonly Guessing[]
}

/**
 * The enabled user with this address and password; undefined when there is none, which counts against where it was tried from.
 * Throws `auth.locked_out`, `auth.busy`.
 */
export async function checkPassword(
  { read, inTransaction, passwords, clock }: CheckPasswordDeps,
  { email, password, from }: PasswordTry,
): Promise<CheckedPassword | undefined> {
  let user: UserRow | undefined
  let guessings: readonly Guessing[] = []
  const matches = await passwords.verify(password, {
    // Asked when its turn has come: a crowd of guesses that queued up together is stopped too.
    load: async () => {
      const now = clock()
      user = await findUserByEmail(read, email)
      guessings = await guessingOf(read, { email, user, from, now })
      await assertNotLockedOut(read, guessings, now)
      return user?.disabled_at === null ? user.password_hash : null
    },
    refused: () => inTransaction((tx) => countFailure(tx, guessings)),
  })
  return matches && user !== undefined ? { user, guessings } : undefined
}
