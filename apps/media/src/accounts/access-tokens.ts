import { createHash, randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import type { Role } from '../kernel/principal.ts'
import { credentialsExpired, credentialsInvalid } from './auth-failures.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface AccessTokenSubject {
  readonly userId: string
  readonly tenantId: string
  readonly sessionId: string
  /** For the client to read. The server asks the database, so that a change counts at once. */
  readonly roles: readonly Role[]
}

/** What a valid token proves, and nothing more. */
export interface VerifiedToken {
  readonly userId: string
  readonly sessionId: string
}

export interface AccessTokens {
  issue(subject: AccessTokenSubject): Promise<{ readonly accessToken: string; readonly expiresIn: number }>
  /** Throws `auth.credentials_invalid`, `auth.credentials_expired`. */
  verify(token: string): Promise<VerifiedToken>
}

export interface AccessTokensDeps {
  readonly keys: SigningKeys
  readonly issuer: string
  readonly audience: string
  readonly ttlSeconds: number
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

const claims = z.object({ sub: z.uuid(), sid: z.uuid(), exp: z.int() })
// RFC 9068: what else the keys sign cannot pass for an access token.
const type = 'at+jwt'
const maxRemembered = 5_000

/** JWTs signed with Ed25519. */
export function createAccessTokens({ keys, issuer, audience, ttlSeconds, clock }: AccessTokensDeps): AccessTokens {
  const remembered = new Map<string, VerifiedToken & { readonly kid: string; readonly expiresAt: number }>()

  const verifySignature = async (token: string) => {
    let kid = ''
    const findKey = async (header: { kid?: string }) => {
      kid = header.kid ?? ''
      return (await keys.findPublicKey(kid)) ?? Promise.reject(new errors.JWKSNoMatchingKey())
    }
    const { payload } = await jwtVerify(token, findKey, {
      issuer,
      audience,
      typ: type,
      algorithms: ['EdDSA'],
      currentDate: new Date(clock()),
    })
    const { sub, sid, exp } = claims.parse(payload)
    return { userId: sub, sessionId: sid, kid, expiresAt: exp * 1000 }
  }

  return {
    issue: async ({ userId, tenantId, sessionId, roles }) => {
      const { kid, privateKey } = await keys.current()
      const issuedAtSeconds = Math.floor(clock() / 1000)
      const accessToken = await new SignJWT({ sid: sessionId, tenant: tenantId, roles })
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: type })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(userId)
        .setJti(randomUUID())
        .setIssuedAt(issuedAtSeconds)
        .setExpirationTime(issuedAtSeconds + ttlSeconds)
        .sign(privateKey)
      return { accessToken, expiresIn: ttlSeconds }
    },

    verify: async (token) => {
      // A signature that was good stays good; whether its key and its time still hold is asked each time.
      const digest = createHash('sha256').update(token).digest('base64')
      const known = remembered.get(digest)
      if (known !== undefined && clock() < known.expiresAt && (await keys.findPublicKey(known.kid)) !== undefined) return known
      remembered.delete(digest)
      const verified = await verifySignature(token).catch(refuse)
      if (remembered.size >= maxRemembered) remembered.clear()
      remembered.set(digest, verified)
      return verified
    },
  }
}

function refuse(cause: unknown): never {
  if (cause instanceof errors.JWTExpired) throw credentialsExpired({ cause })
  if (cause instanceof errors.JOSEError || cause instanceof z.ZodError) throw credentialsInvalid({ cause })
  throw cause
}
