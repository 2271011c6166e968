import { addToCorrelation } from '@holdfast/correlation'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Authenticated } from '../accounts/authenticate.ts'
import { Failure } from '../kernel/failure.ts'
import { countAddress, countPrincipal, type RequestLimits } from './rate-limits.ts'

/** Who stands behind what came after `Bearer `. Throws failures of the kind `unauthenticated`. */
export type Authenticate = (credential: string | undefined) => Promise<Authenticated>

const principals = new WeakMap<FastifyRequest, Authenticated>()

export interface AuthenticationDeps {
  readonly authenticate: Authenticate
  readonly requestLimits: RequestLimits
}

/** Every route of this instance answers 401 where nobody is told, and 429 to who asks too often: before an Idempotency-Key is looked at. */
export function demandPrincipal(app: FastifyInstance, { authenticate, requestLimits }: AuthenticationDeps): void {
  app.addHook('onRequest', async (request, reply) => {
    const principal = await authenticate(bearer(request.headers.authorization)).catch(async (error: unknown) => {
      if (error instanceof Failure && error.kind === 'unauthenticated') await countAddress(requestLimits, request, reply)
      throw error
    })
    principals.set(request, principal)
    addToCorrelation({ tenant: principal.tenantId, principal: principal.userId })
    await countPrincipal(requestLimits, principal.userId, reply)
  })
}

export function decoratePrincipal(app: FastifyInstance): void {
  app.decorateRequest('principal', {
    getter() {
      const principal = principals.get(this)
      if (principal === undefined) throw new Error(`${this.routeOptions.url} authenticates nobody`)
      return principal
    },
  })
}

export const bearer = (header: string | undefined): string | undefined => /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1]
