import { randomHex } from './random-hex.ts'

const accepted = /^[A-Za-z0-9._~:-]{8,64}$/

/** Whether a foreign id may be taken over: 8 to 64 characters that need no escaping in a header, a URL or a log line. */
export function isCorrelationId(value: unknown): value is string {
  return typeof value === 'string' && accepted.test(value)
}

/** A UUIDv7 (RFC 9562): ids sort by the time their stories began. */
export function newCorrelationId(nowMs: number = Date.now()): string {
  const time = nowMs.toString(16).padStart(12, '0')
  const random = randomHex(10)
  const variant = variants[Number.parseInt(random.charAt(3), 16) & 3]
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(8)}`
}

const variants = '89ab'
