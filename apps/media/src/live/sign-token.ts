import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Grant, Protocol } from './protocol.ts'

export interface TokenToSign {
  readonly protocol: Protocol
  readonly alg: 'EdDSA' | 'HS256'
  readonly key: Parameters<SignJWT['sign']>[0]
  readonly kid?: string
  readonly issuer: string
  readonly audience: string | string[]
  readonly subject: string
  readonly grants: readonly Grant[]
  readonly claims?: Readonly<Record<string, unknown>>
  /** Milliseconds since 1970. */
  readonly now: number
  readonly ttlMs: number
}

export interface SignedToken {
  readonly token: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** A token for a hub, with every claim that RFC 9068 asks of an access token. */
export async function signToken({ protocol, alg, key, kid, ...rest }: TokenToSign): Promise<SignedToken> {
  const issuedAt = Math.floor(rest.now / 1000)
  const expiresAt = issuedAt * 1000 + rest.ttlMs
  const token = await new SignJWT({ ...rest.claims, client_id: rest.issuer, ...protocol.grantClaims(rest.grants) })
    .setProtectedHeader({ alg, typ: protocol.tokenType, ...(kid !== undefined && { kid }) })
    .setIssuer(rest.issuer)
    .setAudience(rest.audience)
    .setSubject(rest.subject)
    .setJti(randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(Math.floor(expiresAt / 1000))
    .sign(key)
  return { token, expiresAt }
}
