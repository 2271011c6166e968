import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { type Correlation, resumeCorrelation } from './correlation.ts'
import { isCorrelationId, newCorrelationId } from './correlation-id.ts'
import { parseTraceparent, startTrace } from './trace.ts'

export interface CorrelationPluginOptions {
  /** Whose `traceparent` is continued. Nobody's by default: at a public edge anyone could join any trace. */
  readonly trustsTraceparentOf?: (request: IncomingMessage) => boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The story of this request. Its id is also `request.id`. */
    readonly correlation: Correlation
  }
}

const story: unique symbol = Symbol('the story of a request')

interface ToldRequest extends IncomingMessage {
  [story]?: Correlation
}

const storyOf = (request: ToldRequest): Correlation | undefined => request[story]

/**
 * Gives each request a story and answers its id in `X-Correlation-ID`, whatever answers: a route, an error, a 404, a hijacked reply.
 * Register it first. A foreign id that cannot be taken over is replaced in the request's headers too, so that nothing can log it.
 */
export async function correlationPlugin(app: FastifyInstance, options: CorrelationPluginOptions = {}): Promise<void> {
  const begin = (request: IncomingMessage, response: ServerResponse): Correlation =>
    storyOf(request) ?? beginStory(request, response, options.trustsTraceparentOf?.(request) ?? false)

  // Before Fastify's own listener, because a bad URL, or a request while the server closes, is answered before any hook.
  const server: EventEmitter = app.server
  const emit = server.emit
  server.emit = (event, ...values: unknown[]) => {
    if (event !== 'request') return emit.call(server, event, ...values)
    const [request, response] = values as [IncomingMessage, ServerResponse]
    return resumeCorrelation(begin(request, response), () => emit.call(server, event, ...values))
  }

  app.decorateRequest('correlation', {
    getter() {
      const correlation = storyOf(this.raw)
      if (correlation === undefined) throw new Error('the request has no story yet: register correlationPlugin first')
      return correlation
    },
  })
  app.setGenReqId((request) => storyOf(request)?.correlationId ?? newCorrelationId())
  // The mixin puts the ids on every line: a child logger for each request would only repeat them.
  app.setChildLoggerFactory((logger, _bindings, childOptions) =>
    Object.keys(childOptions).length === 0 ? logger : logger.child({}, childOptions),
  )
  // `inject` and further listening addresses do not pass through `app.server`.
  app.addHook('onRequest', (request, reply, done) => resumeCorrelation(begin(request.raw, reply.raw), done))
}

/** Hooks and `request.correlation` hold for the whole application, not for an encapsulated part. */
Object.assign(correlationPlugin, { [Symbol.for('skip-override')]: true, [Symbol.for('fastify.display-name')]: 'correlation' })

function beginStory(request: ToldRequest, response: ServerResponse, trusted: boolean): Correlation {
  const correlationId = takeCorrelationId(request)
  const caller = trusted ? parseTraceparent(request.headers['traceparent']) : undefined
  const correlation = { correlationId, trace: startTrace(caller), ...(caller && { caller }) }
  request[story] = correlation
  response.setHeader('x-correlation-id', correlationId)
  emitInside(correlation, request)
  emitInside(correlation, response)
  return correlation
}

function takeCorrelationId(request: IncomingMessage): string {
  const given = request.headers['x-correlation-id']
  if (isCorrelationId(given)) return given
  const minted = newCorrelationId()
  request.headers['x-correlation-id'] = minted
  const raw = request.rawHeaders
  for (let name = 0; name < raw.length; name += 2) {
    if (raw[name]?.toLowerCase() === 'x-correlation-id') raw[name + 1] = minted
  }
  return minted
}

/** The bytes of a request arrive as events of its socket, outside of any story: who listens to them belongs to the request's. */
function emitInside(correlation: Correlation, emitter: EventEmitter): void {
  const emit = emitter.emit
  emitter.emit = (...event: Parameters<typeof emit>) => resumeCorrelation(correlation, () => emit.apply(emitter, event))
}
