import assert from 'node:assert/strict'
import { draft08 } from '../draft-08.ts'
import { mercure0 } from '../mercure-0.ts'
import type { Grant, Protocol, ProtocolVersion } from '../protocol.ts'
import { signToken } from '../sign-token.ts'
import { readEvents } from './read-events.ts'

/** Whom a hub believes, and what it speaks. */
export interface TrustedHub {
  readonly url: string
  readonly version: ProtocolVersion
  readonly issuer: string
  readonly secret: string
}

export const testSecret = 'a secret of the tests, 32 characters'

export const protocolOf = (version: ProtocolVersion): Protocol => (version === '0.x' ? mercure0 : draft08)

/** What may be said otherwise in a token. */
export interface Wrong {
  readonly issuer?: string
  readonly audience?: string
  readonly secret?: string
  readonly now?: number
  /** Instead of what the grants would become. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** As another system that has the secret of a hub: it makes tokens, publishes and listens. */
export function createTestParty({ url, version, issuer, secret }: TrustedHub) {
  const protocol = protocolOf(version)
  const sign = async (grants: readonly Grant[], wrong: Wrong = {}): Promise<string> => {
    const key = new TextEncoder().encode(wrong.secret ?? secret)
    const spoken = { ...protocol, ...(wrong.claims && { grantClaims: () => wrong.claims ?? {} }) }
    const base = { protocol: spoken, alg: 'HS256', issuer, audience: url, subject: 'a-party', now: Date.now(), ttlMs: 60_000 } as const
    const { claims: _, ...given } = wrong
    return (await signToken({ ...base, ...given, key, grants })).token
  }
  const publishing = (topics: readonly string[], arePatterns = false): Grant => ({ action: 'publish', topics, arePatterns })
  const subscribing = (topics: readonly string[], arePatterns = true): Grant => ({ action: 'subscribe', topics, arePatterns })
  const post = (token: string | undefined, fields: Iterable<[string, string]>) =>
    fetch(url, {
      method: 'POST',
      body: new URLSearchParams([...fields]),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    })
  return {
    ...{ protocol, sign, publishing, subscribing, post },
    /** Listens to patterns, with the right to read what others match. */
    listen: async (patterns: readonly string[], granted: readonly string[], headers: Readonly<Record<string, string>> = {}) => {
      const parameter = version === '0.x' ? 'topic' : 'match_urlpattern'
      const query = new URLSearchParams(patterns.map((pattern): [string, string] => [parameter, pattern]))
      const grants = granted.length === 0 ? [] : [subscribing(granted)]
      const answer = await fetch(`${url}?${query}`, { headers: { ...headers, authorization: `Bearer ${await sign(grants)}` } })
      assert.equal(answer.status, 200)
      return readEvents(answer)
    },
  }
}
