import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { credentialsInvalid, credentialsMissing } from '../accounts/auth-failures.ts'
import { credentialStands } from '../accounts/credential-stands.ts'
import type { Sql } from '../kernel/tx.ts'
import { readableTopics } from '../live/file-topics.ts'
import type { Hub } from '../live/hub.ts'
import type { LiveTokens } from '../live/live-tokens.ts'
import { findPosition } from '../live/update-log.ts'
import type { App } from './app.ts'
import { bearer } from './authentication.ts'
import { answers, anywhere, eventStreamAnswer } from './document.ts'
import { responseStream } from './response-stream.ts'
import { parseSubscriptionQuery } from './subscription-query.ts'
import { instant, toInstant } from './wire.ts'

export interface LiveRoutesDeps {
  readonly hub: Pick<Hub, 'subscribe'>
  readonly liveTokens: LiveTokens
  readonly read: Sql
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** As clients reach the service; as the request was addressed where absent. */
  readonly publicUrl?: string | undefined
}

const tags = ['live']
const path = '/.well-known/mercure'
const eventsSchema = z.strictObject({ url: z.url(), topics: z.array(z.string()), token: z.string(), expiresAt: instant })

/** Where a principal listens, to what, and by which token. */
export function eventsRoute(app: App, { liveTokens, publicUrl }: LiveRoutesDeps): void {
  app.get(
    '/v1/events',
    { schema: { tags, summary: 'Where to listen for live updates', response: answers({ 200: eventsSchema }, ...anywhere) } },
    async (request, reply) => {
      const topics = readableTopics(request.principal)
      const { token, expiresAt } = await liveTokens.issue(request.principal, topics)
      const url = hubUrl(request, publicUrl)
      reply.header('link', `<${url}>; rel="mercure"`).header('cache-control', 'no-store')
      return { url, topics, token, expiresAt: toInstant(expiresAt) }
    },
  )
}

/** The embedded hub: a stream of updates (Mercure, draft 08). Its tokens are those of `GET /v1/events` only. */
export function hubRoute(app: App, deps: LiveRoutesDeps): void {
  const open = new Set<() => void>()
  // Their answers have no end of their own, and a server closes when all are done.
  app.addHook('preClose', async () => {
    for (const close of open) close()
  })
  app.get(
    path,
    { schema: { tags, summary: 'Listen for live updates', response: { ...answers({}, 400, 401, 429, 500, 503), 200: eventStreamAnswer } } },
    (request, reply) => listen(deps, request, reply, open),
  )
}

async function listen(
  { hub, liveTokens, read, clock, publicUrl }: LiveRoutesDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  open: Set<() => void>,
) {
  const baseUrl = hubUrl(request, publicUrl)
  const token = bearer(request.headers.authorization) ?? cookie(request.headers.cookie)
  if (token === undefined) throw credentialsMissing()
  const subject = await liveTokens.verify(token, baseUrl)
  const stillValid = () => credentialStands({ read, clock }, subject, 'read')
  if (!(await stillValid())) throw credentialsInvalid()
  const lastSeen = [request.headers['last-event-id']].flat()[0]
  const { matchers, lastEventId } = parseSubscriptionQuery(new URL(request.url, baseUrl).searchParams, lastSeen, baseUrl)
  const afterPosition = lastEventId === undefined ? undefined : await findPosition(read, lastEventId)
  const history = lastEventId === undefined ? {} : { 'mercure-last-event-id': afterPosition === undefined ? 'earliest' : lastEventId }
  const subscription = {
    ...subject,
    principal: subject.userId,
    credential: subject.credentialId,
    matchers,
    stillValid,
    afterPosition: lastEventId === undefined ? undefined : (afterPosition ?? 0),
  }
  const { close } = await hub.subscribe(subscription, () => openStream(reply, history))
  open.add(close)
  reply.raw.once('close', () => {
    open.delete(close)
    close()
  })
  if (reply.raw.destroyed) close()
  return reply
}

function openStream(reply: FastifyReply, headers: Readonly<Record<string, string>>) {
  const { raw } = reply.hijack()
  const fixed = {
    'content-type': 'text/event-stream',
    'cache-control': 'private, no-store',
    'x-accel-buffering': 'no',
    connection: 'close',
  }
  raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...fixed, ...headers })
  raw.flushHeaders()
  return responseStream(raw)
}

const hubUrl = ({ protocol, host }: FastifyRequest, publicUrl: string | undefined): string =>
  `${publicUrl ?? `${protocol}://${host}`}${path}`

/** Browsers cannot give an EventSource a header. */
const cookie = (header = ''): string | undefined => /(?:^|;\s*)__Secure-mercure_access_token=([^;\s]+)/.exec(header)?.[1]
