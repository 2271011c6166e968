import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Hub } from '../live/hub.ts'
import { findPosition } from '../live/update-log.ts'
import type { App } from './app.ts'
import { answers, eventStreamAnswer } from './document.ts'
import { type HubAccessDeps, hubPath, hubUrl, letIn } from './hub-access.ts'
import { challengeBearers, metadataRoute } from './hub-metadata.ts'
import { type PublishRouteDeps, publishRoute } from './publish-route.ts'
import { responseStream } from './response-stream.ts'
import { parseSubscriptionQuery } from './subscription-query.ts'
import { subscriptionRoutes } from './subscription-routes.ts'

export interface HubRoutesDeps extends HubAccessDeps, PublishRouteDeps {
  readonly hub: Pick<Hub, 'subscribe'>
  /** Whether others may ask who listens. */
  readonly tellsSubscriptions: boolean
}

/** The hub of ours: Mercure, draft 08 or 0.x. It takes the tokens of `GET /v1/events` and of those who share the secret. */
export async function hubRoutes(app: App, deps: HubRoutesDeps): Promise<void> {
  challengeBearers(app, deps)
  publishRoute(app, deps)
  if (deps.tellsSubscriptions) subscriptionRoutes(app, deps)
  if (deps.protocol.isStrict) metadataRoute(app, deps)
  const open = new Set<() => void>()
  // Their answers have no end of their own, and a server closes when all are done.
  app.addHook('preClose', async () => {
    for (const close of open) close()
  })
  app.get(
    hubPath,
    {
      schema: {
        tags: ['live'],
        summary: 'Listen for live updates',
        response: { ...answers({}, 400, 401, 429, 500, 503), 200: eventStreamAnswer },
      },
    },
    (request, reply) => listen(deps, request, reply, open),
  )
}

async function listen(deps: HubRoutesDeps, request: FastifyRequest, reply: FastifyReply, open: Set<() => void>) {
  const { hub, protocol, read, publicUrl } = deps
  const baseUrl = hubUrl(request, publicUrl)
  const { principal, subject, grants, expiresAt } = await letIn(deps, request, reply, 'cookie')
  const lastSeen = [request.headers['last-event-id']].flat()[0]
  const { matchers, lastEventId } = parseSubscriptionQuery(protocol, new URL(request.url, baseUrl).searchParams, lastSeen, baseUrl)
  const afterPosition = lastEventId === undefined ? undefined : await findPosition(read, lastEventId)
  const preceding = afterPosition === undefined ? 'earliest' : (lastEventId ?? '')
  const subscription = {
    ...{ principal, matchers, expiresAt },
    credential: subject,
    grants: grants.subscribe,
    payloadOf: grants.payloadOf,
    afterPosition: lastEventId === undefined ? undefined : (afterPosition ?? 0),
  }
  const headers = { ...streamHeaders, ...(lastEventId !== undefined && { [protocol.lastEventIdAnswer]: preceding }) }
  // Nothing follows the head of this one: nobody would ever end it.
  if (request.method === 'HEAD') return reply.headers(headers).send()
  const { close } = await hub.subscribe(subscription, () => openStream(reply, headers))
  const end = () => {
    open.delete(close)
    close()
  }
  open.add(close)
  reply.raw.once('close', end)
  // Who has left while this was looked up is told of by nothing that comes.
  if (reply.raw.destroyed) end()
  return reply
}

const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'private, no-store',
  'x-accel-buffering': 'no',
  connection: 'close',
}

function openStream(reply: FastifyReply, headers: Readonly<Record<string, string>>) {
  const { raw } = reply.hijack()
  raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...headers })
  raw.flushHeaders()
  return responseStream(raw)
}
