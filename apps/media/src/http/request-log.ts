import type { FastifyInstance, FastifyRequest } from 'fastify'

/** One line for each request, when its answer has gone out or its connection is gone. The route, not the URL: that may hold a secret. */
export function logRequests(app: FastifyInstance, observe: (request: RequestOutcome) => void): void {
  app.addHook('onRequest', (request, reply, done) => {
    const startedAt = performance.now()
    reply.raw.once('close', () => {
      const outcome = {
        ...describe(request),
        status: reply.raw.statusCode,
        durationMs: Math.round((performance.now() - startedAt) * 10) / 10,
      }
      const complete = reply.raw.writableEnded
      request.log.info(complete ? outcome : { ...outcome, aborted: true }, 'request')
      observe(outcome)
    })
    done()
  })
}

export interface RequestOutcome {
  readonly method: string
  readonly route: string
  readonly status: number
  readonly durationMs: number
}

const describe = (request: FastifyRequest) => ({ method: request.method, route: request.routeOptions.url ?? 'unknown' })
