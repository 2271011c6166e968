import { type Contract, type Envelope, GiveUp, type Handler, handle, PutBack } from '@holdfast/messenger'
import type { ComposeDeps, Composed } from '../mail/compose.ts'
import { writeLetter } from '../mail/letter.ts'
import { type Mailer, MailNotSent } from '../mail/mailer.ts'
import { newApiKeyMail, welcomeMail } from '../mail/messages.ts'
import { composeNewApiKey } from '../mail/new-api-key.ts'
import { nextAttemptAt } from '../mail/retry-mail.ts'
import { composeWelcome } from '../mail/welcome.ts'

export interface MailHandlerDeps extends ComposeDeps {
  readonly mailer: Pick<Mailer, 'send'>
  readonly now: () => number
}

/** message -> one mail. */
export function mailHandlers(deps: MailHandlerDeps): Handler[] {
  const mail = <Input, Payload>(contract: Contract<Input, Payload>, compose: (payload: Payload) => Promise<Composed | undefined>) =>
    handle(contract, async ({ payload, envelope, signal }) => {
      const composed = await compose(payload)
      if (composed !== undefined) await send(deps, envelope, composed, signal)
    })
  return [
    mail(welcomeMail, ({ userId }) => composeWelcome(deps, userId)),
    mail(newApiKeyMail, ({ apiKeyId }) => composeNewApiKey(deps, apiKeyId)),
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
