import { randomBytes } from 'node:crypto'

const accepted = /^[A-Za-z0-9._~:-]{8,64}$/

/** Whether a foreign id may be taken over: 8 to 64 characters that need no escaping in a header, a URL or a log line. */
export function isCorrelationId(value: unknown): value is string {
  return typeof value === 'string' && accepted.test(value)
}

/** A UUIDv7 (RFC 9562): ids sort by the time their stories began. */
export function newCorrelationId(nowMs: number = Date.now()): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(nowMs, 0, 6)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
