import { randomUUID } from 'node:crypto'

let lastMs = 0
let sequence = 0

/**
 * A UUIDv7 (RFC 9562) of the given instant. Those of one process sort in the order they were made (section 6.2, method 1): a counter fills
 * `rand_a`, and a clock that stands still, runs back or is out of numbers borrows the next millisecond.
 */
export function uuidV7(nowMs: number): string {
  if (nowMs > lastMs) {
    lastMs = nowMs
    sequence = 0
  } else if (++sequence > 0xfff) {
    lastMs += 1
    sequence = 0
  }
  const instant = lastMs.toString(16).padStart(12, '0')
  const counter = sequence.toString(16).padStart(3, '0')
  // Its last 64 bits are as here: the variant and 62 random bits, from a supply that is filled many at a time.
  return `${instant.slice(0, 8)}-${instant.slice(8)}-7${counter}-${randomUUID().slice(19)}`
}

/** When a UUIDv7 was made, in milliseconds since 1970; undefined for any other text. */
export function instantOfUuidV7(id: string): number | undefined {
  return uuidV7Form.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined
}

const uuidV7Form = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/
