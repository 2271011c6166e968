import type { IncomingHttpHeaders } from 'node:http'
import { Failure } from '../kernel/failure.ts'

/**
 * The SHA-256 in hex that the sender announces, by `?sha256=` or by Content-Digest or Repr-Digest (RFC 9530); digests by other
 * algorithms are left alone. Throws `request.header_invalid` for one that cannot be read, and where they disagree.
 */
export function expectedDigest(headers: IncomingHttpHeaders, sha256: string | undefined): string | undefined {
  const announced = [sha256?.toLowerCase(), digestOf(headers, 'content-digest'), digestOf(headers, 'repr-digest')].filter(
    (digest) => digest !== undefined,
  )
  if (new Set(announced).size > 1) throw new Failure('invalid', 'request.header_invalid', 'two different SHA-256 are announced')
  return announced[0]
}

function digestOf(headers: IncomingHttpHeaders, name: 'content-digest' | 'repr-digest'): string | undefined {
  const header = headers[name]
  if (typeof header !== 'string' || !/(^|,)\s*sha-256\s*=/i.test(header)) return undefined
  const [, base64 = ''] = /(?:^|,)\s*sha-256\s*=\s*:([A-Za-z0-9+/]{43}=):\s*(?:,|;|$)/i.exec(header) ?? []
  if (base64 === '') throw new Failure('invalid', 'request.header_invalid', `${name} must hold the SHA-256 as sha-256=:base64:`)
  return Buffer.from(base64, 'base64').toString('hex')
}
