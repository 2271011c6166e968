import { type Mail, type Mailer, MailNotSent } from './mailer.ts'

export interface WatchDeps {
  readonly now: () => number
  readonly log: { warn(detail: object, message: string): void; info(detail: object, message: string): void }
  readonly observe: (call: MailCall) => void
}

export interface MailCall {
  readonly call: 'send' | 'check'
  readonly outcome: 'done' | 'failed' | 'skipped'
  readonly durationMs: number
}

export interface WatchedMailer extends Mailer {
  isAway(): boolean
}

/** After a mailer was found away, nobody else waits for it. */
const restMs = 5_000
/** A mailer that was found there need not be asked again. */
const trustMs = 30_000

/** Leaves a mailer that is away alone for a while, remembers that it is there, and tells of each call. */
export function watchMailer(mailer: Mailer, { now, log, observe }: WatchDeps): WatchedMailer {
  let away: MailNotSent | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let checking: Promise<void> | undefined

  const note = (found: MailNotSent | undefined) => {
    if (found !== undefined && away === undefined) log.warn({ err: found }, 'mails wait: they cannot be sent')
    if (found === undefined && away !== undefined) log.info({}, 'mails are sent again')
    away = found
    askedAt = now()
  }
  const watch = async (call: MailCall['call'], work: () => Promise<void>): Promise<void> => {
    const startedAt = performance.now()
    const tell = (outcome: MailCall['outcome']) => observe({ call, outcome, durationMs: performance.now() - startedAt })
    try {
      await work()
      note(undefined)
      tell('done')
    } catch (error) {
      if (error instanceof MailNotSent) note(error.fault === 'away' ? error : undefined)
      tell('failed')
      throw error
    }
  }
  const send = async (mail: Mail, signal: AbortSignal): Promise<void> => {
    if (away === undefined || now() - askedAt >= restMs) return watch('send', () => mailer.send(mail, signal))
    observe({ call: 'send', outcome: 'skipped', durationMs: 0 })
    throw away
  }
  return {
    send,
    isAway: () => away !== undefined,
    check: async () => {
      if (away === undefined && now() - askedAt < trustMs) return
      checking ??= watch('check', mailer.check).finally(() => {
        checking = undefined
      })
      await checking
    },
  }
}
