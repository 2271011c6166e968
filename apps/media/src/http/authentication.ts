import { addToCorrelation } from '@holdfast/correlation'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Authenticated } from '../accounts/authenticate.ts'

/** Who stands behind what came after `Bearer `. Throws failures of the kind `unauthenticated`. */
export type Authenticate = (credential: string | undefined) => Promise<Authenticated>

const principals = new WeakMap<FastifyRequest, Authenticated>()

/** Every route of this instance answers 401 where nobody is told. */
export function demandPrincipal(app: FastifyInstance, authenticate: Authenticate): void {
  app.addHook('onRequest', async (request) => {
    const principal = await authenticate(bearer(request.headers.authorization))
    principals.set(request, principal)
    addToCorrelation({ tenant: principal.tenantId, principal: principal.userId })
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

const bearer = (header: string | undefined): string | undefined => /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1]
