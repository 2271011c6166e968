import { METHODS } from 'node:http'
import type { FastifyInstance, HTTPMethods } from 'fastify'
import { Failure } from '../kernel/failure.ts'

const methods: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
/** CONNECT never comes as a request. */
const foreign: readonly HTTPMethods[] = METHODS.filter((method) => method !== 'CONNECT' && !methods.includes(method))

/**
 * Answers every method that a known path does not have with 405 and `Allow`, and OPTIONS with 204 and `Allow`. Called before the routes
 * are added; the function it gives is called after them.
 */
export function collectMethods(app: FastifyInstance): () => void {
  const known = new Map<string, Set<HTTPMethods>>()
  app.addHook('onRoute', ({ url, method }) => {
    const taken = known.get(url) ?? new Set()
    for (const one of [method].flat()) taken.add(one as HTTPMethods)
    known.set(url, taken)
  })
  return () => {
    for (const method of foreign) app.addHttpMethod(method, { overrideExisting: true })
    for (const [url, taken] of [...known]) refuseOthers(app, url, taken)
  }
}

function refuseOthers(app: FastifyInstance, url: string, taken: ReadonlySet<HTTPMethods>): void {
  const others = [...methods, ...foreign].filter((method) => !taken.has(method))
  const allow = [...methods.filter((method) => taken.has(method)), ...(taken.has('OPTIONS') ? [] : ['OPTIONS'])].join(', ')
  app.route({
    method: others,
    url,
    schema: { hide: true },
    // Before a body is looked at.
    onRequest: async (request, reply) => {
      reply.header('allow', allow)
      if (request.method === 'OPTIONS') return reply.code(204).send()
      throw new Failure('invalid', 'method.not_allowed', `${request.method} is not among the methods of this route`)
    },
    handler: (_request, reply) => reply.code(204).send(),
  })
}
