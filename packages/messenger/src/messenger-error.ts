/** What the caller can do: mend what it asked for, accept that something else happened first, or come back later. */
export type MessengerErrorKind = 'invalid' | 'conflict' | 'unavailable'

export type MessengerErrorCode =
  | 'messenger.misconfigured'
  | 'messenger.not_routed'
  | 'messenger.payload_refused'
  | 'messenger.too_large'
  | 'messenger.bad_option'
  | 'messenger.bad_cursor'
  | 'messenger.committed_twice'
  | 'messenger.lease_lost'
  | 'messenger.worker_lost'
  | 'messenger.time_limit'
  | 'messenger.broker_unavailable'

const kinds: Record<MessengerErrorCode, MessengerErrorKind> = {
  'messenger.misconfigured': 'invalid',
  'messenger.not_routed': 'invalid',
  'messenger.payload_refused': 'invalid',
  'messenger.too_large': 'invalid',
  'messenger.bad_option': 'invalid',
  'messenger.bad_cursor': 'invalid',
  'messenger.committed_twice': 'invalid',
  'messenger.lease_lost': 'conflict',
  'messenger.worker_lost': 'unavailable',
  'messenger.time_limit': 'unavailable',
  'messenger.broker_unavailable': 'unavailable',
}

export class MessengerError extends Error {
  override readonly name = 'MessengerError'
  readonly code: MessengerErrorCode
  readonly kind: MessengerErrorKind

  constructor(code: MessengerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.kind = kinds[code]
  }
}
