/** One mail to one address. */
export interface Mail {
  /** The id of the message that asks for it: the `Message-ID` is made of it, so that a mail that is sent again can be recognised. */
  readonly id: string
  /** Goes along as `X-Correlation-ID`. */
  readonly correlationId: string
  readonly to: MailAddress
  readonly subject: string
  readonly text: string
  readonly html: string
}

export interface MailAddress {
  readonly name?: string | undefined
  readonly address: string
}

/** Brings mails on their way. */
export interface Mailer {
  /**
   * Resolves when somebody else answers for it. Throws MailNotSent. May be repeated: whoever keeps mails by their `Message-ID` has one.
   */
  send(mail: Mail, signal: AbortSignal): Promise<void>
  /** Rejects, with the reason, where no mail could be sent now. */
  check(): Promise<void>
}

/**
 * `away`: nothing can be sent now, to nobody. `deferred`: this one not now, for the server says to try later. `refused`: this one never.
 */
export type MailFault = 'away' | 'deferred' | 'refused'

/** The message says why, without an address. */
export class MailNotSent extends Error {
  override readonly name = 'MailNotSent'
  readonly fault: MailFault

  constructor(fault: MailFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}
