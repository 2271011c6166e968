import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Authenticated } from '../accounts/authenticate.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. Reading it on a route without authentication throws. */
    readonly principal: Authenticated
  }
}

/** The server as the routes see it: each part of a request has the type that its schema gives it. */
export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>
