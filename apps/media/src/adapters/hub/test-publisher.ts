import assert from 'node:assert/strict'
import { createHubTokens } from '../../live/hub-tokens.ts'
import type { PublishOptions } from '../../live/publisher.ts'
import { protocolOf, type TrustedHub } from '../../live/testing/test-hub.ts'
import type { Update } from '../../live/update.ts'
import { createMercurePublisher } from './mercure-publisher.ts'

export function publisherTo({ url, version, issuer, secret }: TrustedHub, patienceMs = 10_000) {
  const shared = { issuer, keys: [new TextEncoder().encode(secret)] as const }
  const tokens = createHubTokens({ protocol: protocolOf(version), shared, url, publicUrl: url, ttlMs: 60_000, clock: Date.now })
  return createMercurePublisher({ url, tokens, patienceMs })
}

export const anUpdate = (own: Partial<Update> = {}): Update => ({
  ...{ id: `urn:uuid:${crypto.randomUUID()}`, topics: ['/a'], isPrivate: true, data: '' },
  ...own,
})

/** Whoever publishes over HTTP keeps nothing here. */
export const remote: PublishOptions = {
  signal: AbortSignal.timeout(60_000),
  inTransaction: () => assert.fail('nothing is kept here'),
}
