import type { Sql } from '@holdfast/database'
import { firstEmail } from '../accounts/first-run.ts'
import type { MailAddress } from './mailer.ts'

export interface Recipient extends MailAddress {
  readonly name: string
}

interface RecipientRow {
  readonly email: string
  readonly name: string
}

/** Undefined for who is not there any more, is disabled, has no name, or has still the address of the first run, which is nobody's. */
export async function findRecipient(sql: Sql, userId: string): Promise<Recipient | undefined> {
  const row = await sql.get<RecipientRow>('SELECT email, name FROM user WHERE id = ? AND disabled_at IS NULL', [userId])
  if (row === undefined || row.name === '' || row.email === firstEmail) return undefined
  return { name: row.name, address: row.email }
}
