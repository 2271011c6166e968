import { type Contract, type Envelope, GiveUp, type Handler, handle, PutBack } from '@holdfast/messenger'
import { type AskedReset, addPasswordReset } from '../accounts/password-reset.ts'
import type { InTransaction } from '../kernel/tx.ts'
import type { ComposeDeps, Composed } from '../mail/compose.ts'
import { composeFailedMessages } from '../mail/failed-messages.ts'
import { writeLetter } from '../mail/letter.ts'
import { type Mailer, MailNotSent } from '../mail/mailer.ts'
import {
  failedMessagesMail,
  newApiKeyMail,
  passwordChangedMail,
  passwordResetMail,
  purgeComingMail,
  quotaNearlyFullMail,
  welcomeMail,
} from '../mail/messages.ts'
import { composeNewApiKey } from '../mail/new-api-key.ts'
import { composePasswordChanged } from '../mail/password-changed.ts'
import { composePasswordReset } from '../mail/password-reset.ts'
import { composePurgeComing } from '../mail/purge-coming.ts'
import { composeQuotaNearlyFull } from '../mail/quota-nearly-full.ts'
import { nextAttemptAt } from '../mail/retry-mail.ts'
import { composeWelcome } from '../mail/welcome.ts'

export interface MailHandlerDeps extends ComposeDeps {
  readonly mailer: Pick<Mailer, 'send'>
  readonly inTransaction: InTransaction
  /** Where operators read; undefined where nobody does. */
  readonly operators: string | undefined
  readonly now: () => number
}

/** message -> one mail. */
export function mailHandlers(deps: MailHandlerDeps): Handler[] {
  const mail = <Input, Payload>(
    contract: Contract<Input, Payload>,
    compose: (payload: Payload, envelope: Envelope) => Promise<Composed | undefined>,
  ) =>
    handle(contract, async ({ payload, envelope, signal }) => {
      const composed = await compose(payload, envelope)
      if (composed !== undefined) await send(deps, envelope, composed, signal)
    })
  // A secret is made when the mail is written: no message holds one.
  const issue = (asked: AskedReset) => deps.inTransaction((tx) => addPasswordReset(tx, asked))
  return [
    mail(welcomeMail, ({ userId }, { id, createdAt: askedAt }) =>
      composeWelcome(deps, userId, () => issue({ id, userId, askedAt, isInvitation: true })),
    ),
    mail(passwordResetMail, ({ userId }, { id, createdAt: askedAt }) =>
      composePasswordReset(deps, userId, () => issue({ id, userId, askedAt })),
    ),
    mail(passwordChangedMail, (changed) => composePasswordChanged(deps, changed)),
    mail(newApiKeyMail, ({ apiKeyId }) => composeNewApiKey(deps, apiKeyId)),
    mail(quotaNearlyFullMail, (used) => composeQuotaNearlyFull(deps, used)),
    mail(purgeComingMail, (purges) => composePurgeComing(deps, purges)),
    mail(failedMessagesMail, async (failed) => composeFailedMessages(deps, failed)),
  ]
}

/** What a server would take later waits, however long that server is away; what it refuses goes to the failed store at once. */
async function send(
  { mailer, language, now }: MailHandlerDeps,
  { id, correlationId, createdAt }: Envelope,
  { to, letter }: Composed,
  signal: AbortSignal,
): Promise<void> {
  try {
    await mailer.send({ id, correlationId, to, ...writeLetter(language, letter) }, signal)
  } catch (error) {
    if (!(error instanceof MailNotSent)) throw error
    const dueAt = error.fault === 'refused' ? undefined : nextAttemptAt(createdAt, now())
    if (dueAt === undefined) throw new GiveUp(error.message, { cause: error })
    throw new PutBack(dueAt, error.message, { cause: error })
  }
}
