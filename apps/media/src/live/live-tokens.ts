import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyOptions, type JWTVerifyResult, jwtVerify } from 'jose'
import { z } from 'zod'
import { credentialsExpired, credentialsInvalid } from '../accounts/auth-failures.ts'
import type { Credential } from '../accounts/credential-stands.ts'
import type { SigningKeys } from '../accounts/signing-keys.ts'
import type { Grants, Protocol } from './protocol.ts'
import { type SignedToken, signToken } from './sign-token.ts'
import { InvalidMatcher } from './topic-matcher.ts'

/** What other systems sign tokens with, for the hub of ours, and we for one beside the service. */
export interface SharedSecret {
  readonly issuer: string
  /** The newest first: we sign with that one. The hub of ours takes each, so that one can take the place of another. */
  readonly keys: readonly [Uint8Array, ...Uint8Array[]]
}

export interface LiveTokensDeps {
  readonly protocol: Protocol
  readonly keys: SigningKeys
  readonly issuer: string
  readonly audience: string
  readonly ttlMs: number
  /** Undefined where nobody else signs tokens. */
  readonly shared: SharedSecret | undefined
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Whom a token was made for, by the credential that asked for it. */
export type LiveSubject = Credential

export interface LiveHolder {
  /** Who holds the token, for limits. */
  readonly principal: string
  /** What a token of ours was made from; of another system's nothing is known here. */
  readonly subject: LiveSubject | undefined
  readonly grants: Grants
  /** Milliseconds since 1970; infinite for an old token without an end. */
  readonly expiresAt: number
}

const ourClaims = z.object({ sub: z.uuid(), cid: z.uuid(), via: z.enum(['token', 'api-key']), exp: z.int() })
const strictClaims = z.object({ sub: z.string().default(''), exp: z.int() })
const looseClaims = z.object({ sub: z.string().default(''), exp: z.int().optional() })

/** Lets principals listen, and tells what a token lets its holder do. */
export interface LiveTokens {
  issue(subject: LiveSubject, patterns: readonly string[]): Promise<SignedToken>
  /** `hubUrl` is whom a token of another system must be made for. Throws `auth.credentials_invalid`, `auth.credentials_expired`. */
  verify(token: string, hubUrl: string): Promise<LiveHolder>
}

/**
 * Tokens for the hub of ours and nothing else: their audience is not that of access tokens. Ours are signed with the same keys; those of other
 * systems with the secret, where there is one. Which of the two is tried depends on the algorithm alone, and each takes one.
 */
export function createLiveTokens({ protocol, keys, issuer, audience, ttlMs, shared, clock }: LiveTokensDeps): LiveTokens {
  const demanded = (): JWTVerifyOptions => ({
    currentDate: new Date(clock()),
    ...(protocol.isStrict && { typ: protocol.tokenType }),
  })

  const verifyOurs = async (token: string, hubUrl: string): Promise<LiveHolder> => {
    const findKey = async ({ kid = '' }) => (await keys.findPublicKey(kid)) ?? Promise.reject(new errors.JWKSNoMatchingKey())
    const { payload } = await jwtVerify(token, findKey, { ...demanded(), issuer, audience, algorithms: ['EdDSA'] })
    const { sub, cid, via, exp } = ourClaims.parse(payload)
    const subject = { userId: sub, via, credentialId: cid }
    return { principal: sub, subject, expiresAt: exp * 1000, grants: protocol.readGrants(payload, hubUrl) }
  }

  const verifyShared = async (token: string, hubUrl: string, secret: SharedSecret): Promise<LiveHolder> => {
    const whose = protocol.isStrict ? { issuer: secret.issuer, audience: hubUrl } : {}
    const { payload } = await verifyByAny(token, secret.keys, { ...demanded(), ...whose, algorithms: ['HS256'] })
    return { ...toHolder(payload), grants: protocol.readGrants(payload, hubUrl) }
  }

  const toHolder = (payload: JWTPayload) => {
    const { sub, exp } = (protocol.isStrict ? strictClaims : looseClaims).parse(payload)
    return { principal: `shared:${sub}`, subject: undefined, expiresAt: exp === undefined ? Number.POSITIVE_INFINITY : exp * 1000 }
  }

  return {
    issue: async ({ userId, via, credentialId }, patterns) => {
      const { kid, privateKey } = await keys.current()
      return signToken({
        ...{ protocol, alg: 'EdDSA', key: privateKey, kid, issuer, audience, ttlMs, now: clock() },
        subject: userId,
        claims: { cid: credentialId, via },
        grants: [{ action: 'subscribe', topics: patterns, arePatterns: true }],
      })
    },

    verify: async (token, hubUrl) => {
      try {
        const isShared = algorithmOf(token) === 'HS256' && shared !== undefined
        return await (isShared ? verifyShared(token, hubUrl, shared) : verifyOurs(token, hubUrl))
      } catch (cause) {
        return refuse(cause)
      }
    },
  }
}

/** By the first key that has signed it; what is wrong else is told of that one. */
async function verifyByAny(token: string, [key, ...others]: SharedSecret['keys'], demanded: JWTVerifyOptions): Promise<JWTVerifyResult> {
  const [next, ...rest] = others
  try {
    return await jwtVerify(token, key, demanded)
  } catch (error) {
    if (next === undefined || !(error instanceof errors.JWSSignatureVerificationFailed)) throw error
    return verifyByAny(token, [next, ...rest], demanded)
  }
}

function refuse(cause: unknown): never {
  if (cause instanceof errors.JWTExpired) throw credentialsExpired({ cause })
  if ([errors.JOSEError, z.ZodError, InvalidMatcher].some((kind) => cause instanceof kind)) throw credentialsInvalid({ cause })
  throw cause
}

function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg
  } catch {
    return undefined
  }
}
