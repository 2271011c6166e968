import { newCorrelationId } from '@holdfast/correlation'
import { correlationPlugin } from '@holdfast/correlation/fastify'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { BlobStore } from '../media/blob-store.ts'
import { answerErrors, sendProblem } from './answer-errors.ts'
import { type ApiKeyRoutesDeps, apiKeyRoutes } from './api-key-routes.ts'
import type { App } from './app.ts'
import { type Authenticate, decoratePrincipal, demandPrincipal } from './authentication.ts'
import { answerClientError } from './client-errors.ts'
import { type ContentRoutesDeps, contentRoutes } from './content-routes.ts'
import { documentRoutes } from './documentation.ts'
import { errorRoutes } from './error-routes.ts'
import { type FileRoutesDeps, fileRoutes } from './file-routes.ts'
import { type FolderRoutesDeps, folderRoutes } from './folder-routes.ts'
import { type Health, healthRoutes } from './health-routes.ts'
import { takeJson } from './json-body.ts'
import { collectMethods } from './other-methods.ts'
import { logRequests } from './request-log.ts'
import { holdBodiesToPace, type Pace } from './steady-body.ts'
import { logOutRoute, type TokenRoutesDeps, tokenRoutes } from './token-routes.ts'
import { type TrashRoutesDeps, trashRoutes } from './trash-routes.ts'
import { type UploadRoutesDeps, uploadRoutes } from './upload-routes.ts'
import { type UserRoutesDeps, userRoutes } from './user-routes.ts'
import { validate } from './validate.ts'

type RoutesDeps = FileRoutesDeps &
  FolderRoutesDeps &
  TrashRoutesDeps &
  UploadRoutesDeps &
  TokenRoutesDeps &
  UserRoutesDeps &
  ApiKeyRoutesDeps

export interface ServerDeps extends RoutesDeps, Omit<ContentRoutesDeps, 'idleTimeoutMs' | 'blobs'> {
  readonly blobs: BlobStore
  readonly authenticate: Authenticate
  readonly health: Health
  readonly logger: FastifyBaseLogger
  readonly pace: Pace
  /** Of the release, for the document. */
  readonly version: string
}

const maxJsonBytes = 1024 * 1024
const lingerMs = 5_000

/** The HTTP face: `listen` opens it, `close` ends it when what it serves is done. */
export async function createServer(deps: ServerDeps): Promise<App> {
  const app = openFastify(deps)
  await app.register(correlationPlugin, {})
  logRequests(app, () => undefined)
  decoratePrincipal(app)
  answerErrors(app)
  holdBodiesToPace(app, deps.pace, lingerMs)
  await takeJson(app)
  const refuseOtherMethods = collectMethods(app)
  await documentRoutes(app, deps.version)

  healthRoutes(app, deps.health)
  errorRoutes(app)
  tokenRoutes(app, deps)
  await app.register(async (guarded: App) => {
    demandPrincipal(guarded, deps.authenticate)
    fileRoutes(guarded, deps)
    contentRoutes(guarded, { ...deps, idleTimeoutMs: deps.pace.idleTimeoutMs })
    folderRoutes(guarded, deps)
    trashRoutes(guarded, deps)
    logOutRoute(guarded, deps)
    userRoutes(guarded, deps)
    apiKeyRoutes(guarded, deps)
    await guarded.register(uploadRoutes, deps)
  })
  refuseOtherMethods()
  return app
}

function openFastify({ logger, pace: { idleTimeoutMs } }: ServerDeps): App {
  const app: App = Fastify({
    loggerInstance: logger,
    disableRequestLogging: true,
    bodyLimit: maxJsonBytes,
    return503OnClosing: false,
    // A total would end a long upload: bodies are held to a pace instead.
    requestTimeout: 0,
    http: { headersTimeout: idleTimeoutMs, connectionsCheckingInterval: Math.min(idleTimeoutMs, 5_000) },
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
    clientErrorHandler: (error, socket) => answerClientError(error, socket, newCorrelationId()),
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validate)
  // A response schema documents; tests compare answers with it.
  app.setSerializerCompiler(() => JSON.stringify)
  return app
}
