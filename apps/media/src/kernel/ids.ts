import { randomUUID } from 'node:crypto'

/** A UUIDv7 (RFC 9562): sorts by the time it was made, so that new rows land at the end of an index. */
export function newId(nowMs: number = Date.now()): string {
  const instant = nowMs.toString(16).padStart(12, '0')
  // What follows its version is as here: random bits and the variant, from a supply that is filled many at a time.
  return `${instant.slice(0, 8)}-${instant.slice(8)}-7${randomUUID().slice(15)}`
}

/** The ids made before this instant sort before this text, all others after it. */
export const idsUntil = (nowMs: number): string => newId(nowMs).slice(0, '01a206b8-c65b'.length)
