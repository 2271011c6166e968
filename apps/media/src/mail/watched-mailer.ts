import { type WatchDeps, watchPart } from '../kernel/watch-part.ts'
import { type Mailer, MailNotSent } from './mailer.ts'

export interface WatchedMailer extends Mailer {
  isAway(): boolean
}

/** Leaves a mailer that is away alone for a while, remembers that it is there, and tells of each call. */
export function watchMailer(mailer: Mailer, deps: WatchDeps): WatchedMailer {
  const part = watchPart(deps, (error) => (error instanceof MailNotSent ? error.fault === 'away' : undefined), {
    awayWords: 'mails wait: they cannot be sent',
    backWords: 'mails are sent again',
    restMs: 5_000,
  })
  return {
    isAway: part.isAway,
    send: (mail, signal) => part.use('send', () => mailer.send(mail, signal)),
    check: () => part.check(mailer.check),
  }
}
