import { z } from 'zod'
import type { Sql } from '../kernel/tx.ts'
import { readableTopics } from '../live/file-topics.ts'
import type { LiveTokens } from '../live/live-tokens.ts'
import type { Protocol } from '../live/protocol.ts'
import { lastUpdateId } from '../live/update-log.ts'
import type { App } from './app.ts'
import { answers, anywhere } from './document.ts'
import { hubUrl } from './hub-access.ts'
import { instant, toInstant } from './wire.ts'

export interface EventsRouteDeps {
  readonly protocol: Protocol
  readonly tokens: Pick<LiveTokens, 'issue'>
  /** The hub beside the service, as clients reach it; undefined where the service is the hub. */
  readonly remoteUrl: string | undefined
  readonly publicUrl?: string | undefined
  readonly read: Sql
}

const eventsSchema = z.strictObject({ url: z.url(), topics: z.array(z.string()), token: z.string(), expiresAt: instant })
const schema = { tags: ['live'], summary: 'Where to listen for live updates', response: answers({ 200: eventsSchema }, ...anywhere) }

const linkTo = (url: string): string => `<${url}>; rel="mercure"`

/** What live updates tell of. */
const toldOf = new Set(['/v1/files', '/v1/files/:fileId'])

/** Whoever reads files learns where to hear of their changes. */
export function linkToHub(app: App, { remoteUrl, publicUrl }: Pick<EventsRouteDeps, 'remoteUrl' | 'publicUrl'>): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const isTold = request.method === 'GET' && reply.statusCode < 400 && toldOf.has(request.routeOptions.url ?? '')
    if (isTold) reply.header('link', linkTo(remoteUrl ?? hubUrl(request, publicUrl)))
    return payload
  })
}

/** Where a principal listens, to what, and by which token. */
export function eventsRoute(app: App, { protocol, tokens, remoteUrl, publicUrl, read }: EventsRouteDeps): void {
  app.get('/v1/events', { schema }, async (request, reply) => {
    const topics = readableTopics(request.principal, protocol.variable)
    // Before what the client reads next: whoever begins after it misses nothing.
    const seen = remoteUrl === undefined ? `; last-event-id="${(await lastUpdateId(read)) ?? 'earliest'}"` : ''
    const { token, expiresAt } = await tokens.issue(request.principal, topics)
    const url = remoteUrl ?? hubUrl(request, publicUrl)
    reply.header('link', `${linkTo(url)}${seen}`).header('cache-control', 'no-store')
    return { url, topics, token, expiresAt: toInstant(expiresAt) }
  })
}
