import type { Sql } from '@holdfast/database'
import type { Language } from './language.ts'
import type { Letter } from './letter.ts'
import type { MailAddress } from './mailer.ts'

export interface ComposeDeps {
  readonly read: Sql
  readonly language: Language
  /** Where people reach the service. */
  readonly url: string
}

/** A mail before it is written and sent. */
export interface Composed {
  readonly to: MailAddress
  readonly letter: Letter
}
