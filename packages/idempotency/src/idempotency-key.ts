import { IdempotencyError } from './idempotency-error.ts'

const bare = /^(?!")[\x21-\x7e]{1,255}$/
const quoted = /^"((?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"$/

/**
 * The key of an `Idempotency-Key` header: a string of RFC 8941 (`"k"`) or the bare characters (`k`), which name the same key.
 * Throws `idempotency.key_malformed` for anything else, as an empty or a repeated header.
 */
export function parseIdempotencyKey(header: string | readonly string[]): string {
  const text = typeof header === 'string' ? header : header.join(', ')
  const key = bare.test(text) ? text : quoted.exec(text)?.[1]?.replaceAll(/\\(.)/g, '$1')
  if (key === undefined) throw new IdempotencyError('idempotency.key_malformed')
  return key
}
