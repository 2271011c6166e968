import type { FastifyInstance } from 'fastify'

export interface RequestOutcome {
  readonly method: string
  /** As it is declared, with the names of its parameters. The URL may hold a secret. */
  readonly route: string
  readonly status: number
  readonly durationMs: number
  /** The connection was gone before the answer was complete. */
  readonly aborted?: true
}

/** What proxies log for a client that left before it was answered. */
const clientGone = 499

/** One line for each request, when its answer has gone out or its connection is gone. */
export function logRequests(app: FastifyInstance, observe: (outcome: RequestOutcome) => void): void {
  app.addHook('onRequest', (request, { raw }, done) => {
    const startedAt = performance.now()
    raw.once('close', () => {
      const outcome: RequestOutcome = {
        method: request.method,
        route: request.routeOptions.url ?? 'unknown',
        status: raw.headersSent ? raw.statusCode : clientGone,
        durationMs: Math.round((performance.now() - startedAt) * 10) / 10,
        ...(!raw.writableEnded && { aborted: true }),
      }
      request.log.info(outcome, 'request')
      observe(outcome)
    })
    done()
  })
}
