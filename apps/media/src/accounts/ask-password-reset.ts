import { randomUUID } from 'node:crypto'
import type { Sql } from '@holdfast/database'
import { z } from 'zod'
import type { InTransaction } from '../kernel/tx.ts'
import { passwordResetMail } from '../mail/messages.ts'
import { findUserByEmail } from './user.ts'

/** Any text: one that is no address is one that nobody has. */
export const askPasswordResetInput = z.strictObject({ email: z.string().max(254) })

/**
 * Has a mail sent by which the user with this address sets another password. For an address that nobody has a message goes out too, about nobody: what is
 * done here, and how long it takes, does not tell who is a user. Opens its own transaction.
 */
export async function askPasswordReset(
  { read, inTransaction }: { readonly read: Sql; readonly inTransaction: InTransaction },
  { email }: z.infer<typeof askPasswordResetInput>,
): Promise<void> {
  const userId = (await findUserByEmail(read, email))?.id ?? randomUUID()
  await inTransaction((tx) => tx.outbox.dispatch(passwordResetMail, { userId }))
}
