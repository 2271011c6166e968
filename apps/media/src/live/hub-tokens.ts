import type { LiveTokens, SharedSecret } from './live-tokens.ts'
import type { Protocol } from './protocol.ts'
import { signToken } from './sign-token.ts'

export interface HubTokensDeps {
  readonly protocol: Protocol
  readonly shared: SharedSecret
  /** As we reach the hub, and as clients do. */
  readonly url: string
  readonly publicUrl: string
  readonly ttlMs: number
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

export interface HubTokens {
  issue: LiveTokens['issue']
  forPublishing(topics: readonly string[]): Promise<string>
}

const publishingMs = 60_000

/** Tokens for a hub beside the service, signed with the secret that both have. What they let in stays in until they expire: that hub asks nobody. */
export function createHubTokens({ protocol, shared, url, publicUrl, ttlMs, clock }: HubTokensDeps): HubTokens {
  const base = () => ({ protocol, alg: 'HS256', key: shared.keys[0], issuer: shared.issuer, now: clock() }) as const
  return {
    issue: ({ userId }, topics) =>
      signToken({ ...base(), audience: publicUrl, subject: userId, ttlMs, grants: [{ action: 'subscribe', topics, arePatterns: true }] }),
    forPublishing: async (topics) => {
      const audience = [...new Set([url, publicUrl])]
      // A grant needs a topic, also where none is published to.
      const grants = [{ action: 'publish', topics: topics.length === 0 ? ['/live/none'] : topics, arePatterns: false } as const]
      return (await signToken({ ...base(), audience, subject: shared.issuer, ttlMs: publishingMs, grants })).token
    },
  }
}
