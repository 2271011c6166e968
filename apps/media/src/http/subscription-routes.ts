import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Failure } from '../kernel/failure.ts'
import type { ToldSubscription } from '../live/protocol.ts'
import { type ActiveSubscription, listSubscriptions, subscriptionPath } from '../live/subscriptions.ts'
import { lastUpdateId } from '../live/update-log.ts'
import type { App } from './app.ts'
import { answers } from './document.ts'
import { demandGranted, type HubAccessDeps, hubPath, hubPathOf, hubUrl, letIn } from './hub-access.ts'

/** Of more, the first are told. */
const maxTold = 1_000

type Place = Pick<ToldSubscription, 'type' | 'match'> & { readonly subscriber?: string }
/** Where a path leads; undefined: to all. Throws `live.subscription_unknown`. */
type ReadPlace = (parameters: Readonly<Record<string, string>>) => Place | undefined

/** Who listens to what, on every process: for those whose token grants the path that is asked for. */
export function subscriptionRoutes(app: App, deps: HubAccessDeps): void {
  const { matcherPath, readMatcher } = deps.protocol
  const root = `${hubPath}/subscriptions`
  const matcherOf: ReadPlace = (parameters) => readMatcher(parameters) ?? unknown()
  const subscriptionOf: ReadPlace = ({ subscriber = '', ...parameters }) => ({ ...(readMatcher(parameters) ?? unknown()), subscriber })
  app.get(
    root,
    { schema: schemaOf('Who listens') },
    answerAll(deps, () => undefined),
  )
  app.get(`${root}${matcherPath}`, { schema: schemaOf('Who listens to a matcher') }, answerAll(deps, matcherOf))
  app.get(`${root}${matcherPath}/:subscriber`, { schema: schemaOf('One subscription') }, answerOne(deps, subscriptionOf))
}

const schemaOf = (summary: string) => ({
  ...{ tags: ['live'], summary },
  response: answers({ 200: z.looseObject({}) }, 400, 401, 403, 404, 429, 500, 503),
})

type Handle = (request: FastifyRequest, reply: FastifyReply) => Promise<Readonly<Record<string, unknown>>>

const answerAll =
  (deps: HubAccessDeps, readPlace: ReadPlace): Handle =>
  async (request, reply) => {
    const { path, place } = await demandMayAsk(deps, request, reply, readPlace)
    const cursor = await tellCursor(deps, request, reply)
    const items = (await listSubscriptions(deps.read, place, maxTold)).map((item) => describe(deps, item))
    return { ...deps.protocol.describeSubscriptions(path, items), ...cursor }
  }

const answerOne =
  (deps: HubAccessDeps, readPlace: ReadPlace): Handle =>
  async (request, reply) => {
    const { place } = await demandMayAsk(deps, request, reply, readPlace)
    const [found] = await listSubscriptions(deps.read, place, 1)
    if (found === undefined) return unknown()
    return { ...describe(deps, found), ...(await tellCursor(deps, request, reply)) }
  }

/** The path is the topic that must be granted. */
async function demandMayAsk(deps: HubAccessDeps, request: FastifyRequest, reply: FastifyReply, readPlace: ReadPlace) {
  const { grants } = await letIn(deps, request, reply, 'cookie')
  const place = readPlace(request.params as Parameters<ReadPlace>[0])
  const root = hubPathOf(deps.publicUrl)
  const path = place === undefined ? `${root}/subscriptions` : subscriptionPath(deps.protocol, root, place)
  demandGranted(grants.subscribe, [path])
  return { path, place }
}

function unknown(): never {
  throw new Failure('not_found', 'live.subscription_unknown', 'nobody listens so, or not any more')
}

const describe = ({ protocol, publicUrl }: HubAccessDeps, item: ActiveSubscription) =>
  protocol.describeSubscription(subscriptionPath(protocol, hubPathOf(publicUrl), item), { ...item, active: true })

/** Where a client begins that wants to hear of what comes after this answer. Read before it. */
async function tellCursor({ protocol, read, publicUrl }: HubAccessDeps, request: FastifyRequest, reply: FastifyReply) {
  const last = (await lastUpdateId(read)) ?? 'earliest'
  const { subscriptionEvent, subscriptionMediaType } = protocol
  const hints = subscriptionEvent === undefined ? '' : `; type="${subscriptionEvent}"; content-type="${subscriptionMediaType}"`
  reply
    .type(subscriptionMediaType)
    .header('link', `<${hubUrl(request, publicUrl)}>; rel="mercure"; last-event-id="${last}"${hints}`)
    .header('etag', `"${last}"`)
    .header('cache-control', 'private, must-revalidate')
  return protocol.describeCursor(last)
}
