import { correlationPlugin } from '@holdfast/correlation/fastify'
import { tracingPlugin } from '@holdfast/correlation/opentelemetry'
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { BlobStore } from '../media/blob-store.ts'
import type { MediaLimits } from '../media/limits.ts'
import type { SearchDeps } from '../media/search/search-files.ts'
import { answerErrors, sendProblem } from './answer-errors.ts'
import { type ApiKeyRoutesDeps, apiKeyRoutes } from './api-key-routes.ts'
import type { App } from './app.ts'
import { type AuthenticationDeps, decoratePrincipal, demandPrincipal } from './authentication.ts'
import { answerClientError, answerWhatNodeRefuses } from './client-errors.ts'
import { contentRoutes } from './content-routes.ts'
import { documentRoute, prepareDocument } from './documentation.ts'
import { errorRoutes } from './error-routes.ts'
import { type EventsRouteDeps, eventsRoute, linkToHub } from './events-route.ts'
import { type FileRoutesDeps, fileRoutes } from './file-routes.ts'
import { folderRoutes } from './folder-routes.ts'
import { type Health, healthRoutes } from './health-routes.ts'
import { type HubRoutesDeps, hubRoutes } from './hub-routes.ts'
import { takeJson } from './json-body.ts'
import { type MessageRoutesDeps, messageRoutes } from './message-routes.ts'
import { type Metrics, metricsRoute } from './metrics.ts'
import { type OpsRoutesDeps, opsRoutes } from './ops-routes.ts'
import { collectMethods } from './other-methods.ts'
import { type PasswordResetRoutesDeps, passwordResetRoutes } from './password-reset-routes.ts'
import { logRequests } from './request-log.ts'
import { searchRoutes } from './search-routes.ts'
import { type SessionRoutesDeps, sessionRoutes } from './session-routes.ts'
import { shareRoutes } from './share-routes.ts'
import { holdBodiesToPace, type Pace } from './steady-body.ts'
import { demandStrictRequests } from './strict-requests.ts'
import { type ThumbnailRoutesDeps, thumbnailRoutes } from './thumbnail-routes.ts'
import { logOutRoute, type TokenRoutesDeps, tokenRoutes } from './token-routes.ts'
import { trashRoutes } from './trash-routes.ts'
import { type UploadRoutesDeps, uploadRoutes } from './upload-routes.ts'
import { type UserRoutesDeps, userRoutes } from './user-routes.ts'
import { validate } from './validate.ts'

type RoutesDeps = Omit<FileRoutesDeps & UploadRoutesDeps, 'blobs' | 'limits'> &
  TokenRoutesDeps &
  PasswordResetRoutesDeps &
  UserRoutesDeps &
  ApiKeyRoutesDeps &
  SessionRoutesDeps &
  Pick<EventsRouteDeps, 'publicUrl'> &
  MessageRoutesDeps &
  SearchDeps &
  Omit<ThumbnailRoutesDeps, 'blobs'> &
  OpsRoutesDeps

interface OpenDeps {
  readonly log: FastifyBaseLogger
  readonly pace: Pace
  /** Addresses and networks of those whose `X-Forwarded-For` is believed. */
  readonly trustedProxies?: readonly string[]
  readonly accelPath?: string | undefined
}

export interface ServerDeps extends RoutesDeps, AuthenticationDeps, OpenDeps {
  readonly blobs: BlobStore
  readonly limits: MediaLimits
  readonly health: Health
  readonly metrics: Metrics
  readonly live: Live
}

/** Who sends live updates. */
interface Live extends Pick<EventsRouteDeps, 'protocol' | 'tokens'> {
  /** The hub of ours. */
  readonly own: Pick<HubRoutesDeps, 'hub' | 'liveTokens' | 'tellsSubscriptions'> | undefined
  /** The hub beside the service. */
  readonly remote: { readonly publicUrl: string } | undefined
}

const maxJsonBytes = 1024 * 1024
const lingerMs = 5_000

/** The HTTP face: `listen` opens it, `close` ends it when what it serves is done. */
export async function createServer(deps: ServerDeps): Promise<App> {
  const app = openFastify(deps)
  await app.register(correlationPlugin, {})
  await app.register(tracingPlugin)
  logRequests(app, deps.metrics.observeRequest)
  decoratePrincipal(app)
  answerErrors(app)
  answerWhatNodeRefuses(app.server)
  demandStrictRequests(app)
  holdBodiesToPace(app, deps.pace, lingerMs)
  letGoWhenStopping(app, deps.health)
  await takeJson(app)

  await prepareDocument(app, deps.version)
  const refuseOtherMethods = collectMethods(app)
  documentRoute(app)
  healthRoutes(app, deps.health)
  metricsRoute(app, deps.metrics)
  errorRoutes(app)
  tokenRoutes(app, deps)
  passwordResetRoutes(app, deps)
  const { own, protocol } = deps.live
  if (own !== undefined) await app.register(async (hub: App) => hubRoutes(hub, { ...deps, ...own, protocol }))
  await app.register(async (guarded: App) => guardedRoutes(guarded, deps))
  refuseOtherMethods()
  return app
}

/** Whoever keeps a connection opens the next one elsewhere, and meets none that is about to be closed. */
function letGoWhenStopping(app: App, { isStopping }: Pick<Health, 'isStopping'>): void {
  app.addHook('onRequest', async (_request, reply) => {
    if (isStopping()) reply.header('connection', 'close')
  })
}

async function guardedRoutes(app: App, deps: ServerDeps): Promise<void> {
  demandPrincipal(app, deps)
  const events = { ...deps, ...deps.live, remoteUrl: deps.live.remote?.publicUrl }
  linkToHub(app, events)
  fileRoutes(app, deps)
  contentRoutes(app, { ...deps, idleTimeoutMs: deps.pace.idleTimeoutMs })
  thumbnailRoutes(app, deps)
  folderRoutes(app, deps)
  shareRoutes(app, deps)
  trashRoutes(app, deps)
  searchRoutes(app, deps)
  logOutRoute(app, deps)
  userRoutes(app, deps)
  apiKeyRoutes(app, deps)
  sessionRoutes(app, deps)
  eventsRoute(app, events)
  messageRoutes(app, deps)
  opsRoutes(app, deps)
  await app.register(async (uploads: App) => uploadRoutes(uploads, deps))
}

/** What is asked of a process that serves nobody: is it alive, does it get on. */
export async function createHealthServer({
  health,
  metrics,
  ...deps
}: Pick<ServerDeps, 'health' | 'metrics' | 'log' | 'pace'>): Promise<App> {
  const app = openFastify(deps)
  await app.register(correlationPlugin, {})
  answerErrors(app)
  healthRoutes(app, health)
  metricsRoute(app, metrics)
  return app
}

function openFastify({ log, pace: { idleTimeoutMs }, trustedProxies = [] }: OpenDeps): App {
  const app: App = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: maxJsonBytes,
    // A matcher of topics is part of a path.
    routerOptions: { maxParamLength: 2_048 },
    return503OnClosing: false,
    // A total would end a long upload: bodies are held to a pace instead.
    requestTimeout: 0,
    http: { requireHostHeader: false, headersTimeout: idleTimeoutMs, connectionsCheckingInterval: Math.min(idleTimeoutMs, 5_000) },
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    clientErrorHandler: (error, socket) => answerClientError(error, socket),
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validate)
  // A response schema documents; tests compare answers with it.
  app.setSerializerCompiler(() => JSON.stringify)
  return app
}
