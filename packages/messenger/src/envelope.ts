import type { StoredMessage } from './transport.ts'

/** What travels with a payload. Instants are milliseconds since 1970. */
export interface Envelope {
  /** UUIDv7; the same on every attempt. */
  readonly id: string
  readonly name: string
  readonly lane: string
  /** 1 on the first delivery. */
  readonly attempt: number
  /** The story it belongs to. */
  readonly correlationId: string
  /** The message or request that made it. */
  readonly causationId: string | null
  /** W3C trace context of the dispatch. */
  readonly traceparent: string | null
  readonly tenant: string | null
  readonly createdAt: number
}

/** What the surroundings of a dispatch put on an envelope. */
export interface Stamp {
  readonly correlationId: string
  readonly causationId?: string | null | undefined
  readonly traceparent?: string | null | undefined
  readonly tenant?: string | null | undefined
}

export function envelopeOf(message: StoredMessage): Envelope {
  const { id, name, lane, attempt, correlationId, causationId, traceparent, tenant, createdAt } = message
  return { id, name, lane, attempt, correlationId, causationId, traceparent, tenant, createdAt }
}
