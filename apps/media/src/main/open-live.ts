import { standingCredentials } from '../accounts/credential-stands.ts'
import { logPublisher } from '../adapters/hub/log-publisher.ts'
import { createMercurePublisher } from '../adapters/hub/mercure-publisher.ts'
import { hubPathOf } from '../http/hub-access.ts'
import type { Metrics } from '../http/metrics.ts'
import type { WatchDeps } from '../kernel/watch-part.ts'
import { draft08 } from '../live/draft-08.ts'
import { createHub, type HubDeps } from '../live/hub.ts'
import { createHubTokens } from '../live/hub-tokens.ts'
import { createLiveTokens, type LiveTokens, type LiveTokensDeps, type SharedSecret } from '../live/live-tokens.ts'
import { mercure0 } from '../live/mercure-0.ts'
import type { Protocol, ProtocolVersion } from '../live/protocol.ts'
import type { Publisher, RemotePublisher } from '../live/publisher.ts'
import { createSubscriptionTeller, type TellSubscriptionsDeps } from '../live/tell-subscriptions.ts'
import { watchPublisher } from '../live/watched-publisher.ts'

/** Which hub sends live updates, and what it speaks. */
export interface LivePlace {
  readonly protocol: ProtocolVersion
  /** Undefined where it is the one of ours. */
  readonly hub: { readonly url: string; readonly publicUrl: string } | undefined
  readonly shared: SharedSecret | undefined
}

interface OpenLiveDeps
  extends Pick<LiveTokensDeps, 'keys'>,
    Pick<HubDeps, 'read' | 'clock'>,
    Pick<WatchDeps, 'log'>,
    Pick<TellSubscriptionsDeps, 'inTransaction'> {
  readonly publicUrl: string | undefined
  readonly metrics: Pick<Metrics, 'callsOf' | 'observeCircuit' | 'watchListeners'>
}

/** What live updates need in one process. */
export interface OpenedLive {
  readonly protocol: Protocol
  readonly publisher: Publisher
  /** Lets principals listen. */
  readonly tokens: Pick<LiveTokens, 'issue'>
  /** The hub of ours: this process's share of the subscribers, and who may speak and listen. */
  readonly own:
    | { readonly hub: ReturnType<typeof createHub>; readonly liveTokens: LiveTokens; readonly tellsSubscriptions: boolean }
    | undefined
  /** The hub beside the service. */
  readonly remote: { readonly publisher: RemotePublisher; readonly publicUrl: string } | undefined
}

/** Nothing is connected before there is an update: a hub that is away keeps nobody from starting. */
export function openLive({ protocol: version, hub, shared }: LivePlace, deps: OpenLiveDeps): OpenedLive {
  const protocol = version === '0.x' ? mercure0 : draft08
  if (hub !== undefined && shared !== undefined) return { protocol, own: undefined, ...openRemote(protocol, hub, shared, deps) }
  const { keys, read, inTransaction, clock, log, publicUrl } = deps
  const liveTokens = createLiveTokens({
    ...{ protocol, keys, shared, clock },
    issuer: 'holdfast',
    audience: 'holdfast-live',
    ttlMs: tokenMs,
  })
  // Nobody else's token grants that one asks who listens: where there is none, nothing of it is kept.
  const teller = shared && createSubscriptionTeller({ ...{ inTransaction, protocol, clock, log }, hubPath: hubPathOf(publicUrl) })
  const own = {
    hub: createHub({
      ...{ read, clock, log, teller },
      limits: hubLimits,
      standing: (credentials) => standingCredentials({ read, clock }, credentials, 'read'),
    }),
    liveTokens,
    tellsSubscriptions: shared !== undefined,
  }
  deps.metrics.watchListeners(own.hub.connections)
  return { protocol, publisher: logPublisher, tokens: liveTokens, own, remote: undefined }
}

function openRemote(
  protocol: Protocol,
  { url, publicUrl }: NonNullable<LivePlace['hub']>,
  shared: SharedSecret,
  { clock, log, metrics }: OpenLiveDeps,
) {
  const tokens = createHubTokens({ protocol, shared, url, publicUrl, ttlMs: remoteTokenMs, clock })
  const count = metrics.callsOf('hub')
  const observe: WatchDeps['observe'] = (call) => {
    count(call)
    metrics.observeCircuit('hub', publisher.isAway())
  }
  const publisher = watchPublisher(createMercurePublisher({ url, tokens, patienceMs: 5_000 }), { now: clock, log, observe })
  return { publisher, tokens, remote: { publisher, publicUrl } }
}

const tokenMs = 15 * 60_000
/** A hub beside the service does not learn of a right that is taken away: it lets in until the token expires. */
const remoteTokenMs = 5 * 60_000

const hubLimits = {
  maxConnections: 10_000,
  maxConnectionsPerPrincipal: 100,
  maxBufferedBytes: 256 * 1024,
  heartbeatMs: 15_000,
  maxLifeMs: 3_600_000,
  revalidateMs: 5_000,
}
