import { randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { credentialsExpired, credentialsInvalid } from '../accounts/auth-failures.ts'
import type { Authenticated } from '../accounts/authenticate.ts'
import type { SigningKeys } from '../accounts/signing-keys.ts'
import { createTopicMatcher, InvalidMatcher, matcherTypes, type TopicMatcher } from './topic-matcher.ts'

export interface LiveTokensDeps {
  readonly keys: SigningKeys
  readonly issuer: string
  readonly audience: string
  readonly ttlMs: number
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Whom a token was made for, by the credential that asked for it. */
export type LiveSubject = Pick<Authenticated, 'userId' | 'via' | 'credentialId'>

/** Of the Mercure protocol, draft 08: what an access token lets its holder do with topics. */
const detailType = 'https://mercure.rocks/authorization-detail'
const maxMatchers = 20

const matcher = z.object({ match: z.string(), match_type: z.enum(matcherTypes).default('exact') })
const detail = z.object({
  type: z.literal(detailType),
  actions: z.array(z.string()).min(1),
  topics: z.array(matcher).min(1).max(maxMatchers),
})
const details = z.array(z.union([detail, z.object({ type: z.string().refine((type) => type !== detailType) })])).max(maxMatchers)
const claims = z.object({
  sub: z.uuid(),
  cid: z.uuid(),
  via: z.enum(['token', 'api-key']),
  exp: z.int(),
  authorization_details: details.default([]),
})

export type LiveTokens = ReturnType<typeof createLiveTokens>

/** Tokens for the hub and nothing else: their audience is not that of access tokens. Signed with the same keys. */
export function createLiveTokens({ keys, issuer, audience, ttlMs, clock }: LiveTokensDeps) {
  return {
    issue: async ({ userId, via, credentialId }: LiveSubject, patterns: readonly string[]) => {
      const { kid, privateKey } = await keys.current()
      const issuedAt = Math.floor(clock() / 1000)
      const expiresAt = issuedAt * 1000 + ttlMs
      const topics = patterns.map((match) => ({ match, match_type: 'urlpattern' }))
      const token = await new SignJWT({
        cid: credentialId,
        via,
        client_id: issuer,
        authorization_details: [{ type: detailType, actions: ['subscribe'], topics }],
      })
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(userId)
        .setJti(randomUUID())
        .setIssuedAt(issuedAt)
        .setExpirationTime(Math.floor(expiresAt / 1000))
        .sign(privateKey)
      return { token, expiresAt }
    },

    /** Throws `auth.credentials_invalid`, `auth.credentials_expired`. */
    verify: async (token: string, baseUrl: string) => {
      try {
        const findKey = async ({ kid = '' }) => (await keys.findPublicKey(kid)) ?? Promise.reject(new errors.JWKSNoMatchingKey())
        const options = { issuer, audience, typ: 'at+jwt', algorithms: ['EdDSA'], currentDate: new Date(clock()) }
        const { sub, cid, via, exp, authorization_details } = claims.parse((await jwtVerify(token, findKey, options)).payload)
        return { userId: sub, via, credentialId: cid, expiresAt: exp * 1000, grants: grantsOf(authorization_details, baseUrl) }
      } catch (cause) {
        return refuse(cause)
      }
    },
  }
}

function grantsOf(given: z.infer<typeof details>, baseUrl: string): TopicMatcher[] {
  const subscribing = given.filter((one) => 'actions' in one).filter(({ actions }) => actions.includes('subscribe'))
  return subscribing.flatMap(({ topics }) => topics.map(({ match, match_type }) => createTopicMatcher(match_type, match, baseUrl)))
}

/** One detail that cannot be read spoils the whole token: to skip it would be to change what was granted. */
function refuse(cause: unknown): never {
  if (cause instanceof errors.JWTExpired) throw credentialsExpired({ cause })
  if (cause instanceof errors.JOSEError || cause instanceof z.ZodError || cause instanceof InvalidMatcher)
    throw credentialsInvalid({ cause })
  throw cause
}
