import { createHub, type HubDeps } from '../live/hub.ts'
import { createLiveTokens, type LiveTokensDeps } from '../live/live-tokens.ts'

/** What live updates need in one process: its share of the subscribers, and the tokens that let them in. */
export function openLive({ keys, read, clock, log }: Pick<LiveTokensDeps, 'keys'> & Omit<HubDeps, 'limits'>) {
  return {
    hub: createHub({ read, clock, limits: hubLimits, log }),
    liveTokens: createLiveTokens({ keys, issuer: 'holdfast', audience: 'holdfast-live', ttlMs: tokenMs, clock }),
  }
}

const tokenMs = 15 * 60_000

const hubLimits = {
  maxConnections: 10_000,
  maxConnectionsPerPrincipal: 100,
  maxBufferedBytes: 256 * 1024,
  heartbeatMs: 15_000,
  revalidateMs: 5_000,
}
