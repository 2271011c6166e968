import type { Commit, Committed, Effect, Idempotency, StreamedCommit } from '@holdfast/idempotency'
import { idempotent, idempotentUpload } from '@holdfast/idempotency/fastify'
import type { FastifyReply, FastifyRequest, FastifyTypeProviderDefault, HTTPMethods } from 'fastify'
import type { z } from 'zod'
import { Failure } from '../kernel/failure.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordRequest } from '../operations/record-request.ts'
import { problemAnswer } from './answer-errors.ts'
import type { App } from './app.ts'

export interface WriteRoutesDeps {
  readonly idempotency: Idempotency<Tx>
}

interface WriteSchema {
  readonly tags: readonly string[]
  readonly summary: string
  readonly params?: z.ZodType
  readonly querystring?: z.ZodType
  readonly body?: z.ZodType
  readonly response: unknown
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : unknown

interface Parts<Schema extends WriteSchema> {
  Params: Parsed<Schema['params']>
  Querystring: Parsed<Schema['querystring']>
  Body: Parsed<Schema['body']>
}

interface Route<Schema extends WriteSchema> {
  readonly method: HTTPMethods
  readonly url: string
  readonly schema: Schema
}

export interface WriteRoute<Schema extends WriteSchema> extends Route<Schema> {
  /** `before` where the handler does slow work ahead of its commit. By default one transaction holds everything. */
  readonly claim?: 'before'
  /** The answer holds a secret, and is stored sealed. */
  readonly sealed?: true
  readonly handler: (request: FastifyRequest<Parts<Schema>>, commit: Commit<Tx>) => Promise<Committed>
}

/** A route that changes something: an equal request under the same Idempotency-Key has one effect and one answer. */
export function writeRoute<Schema extends WriteSchema>(app: App, { idempotency }: WriteRoutesDeps, route: WriteRoute<Schema>): void {
  const { claim = 'with-effect', sealed = false } = route
  const options = { ...keyed, claim, sealed } as const
  const handler = (request: FastifyRequest<Parts<Schema>>, commit: Commit<Tx>) =>
    route.handler(request, (effect) => commit(recorded(request, effect)))
  const answer = idempotent(idempotency, options, handler)
  addRoute(app, route, async (request, reply) => {
    refuseIfMatch(request)
    return answer(request, reply)
  })
}

/** What is answered here has no ETag, so that none which a client names can be the current one (RFC 9110, 13.1.1). */
function refuseIfMatch({ headers: { 'if-match': ifMatch = '*' } }: Pick<FastifyRequest, 'headers'>): void {
  if (ifMatch.trim() === '*') return
  throw new Failure('precondition_failed', 'request.precondition_failed', 'only content has an ETag: this route cannot compare')
}

export interface StreamedRoute<Schema extends WriteSchema> extends Route<Schema> {
  /** Reads the body to its end, keeping nothing, and gives the digest that the handler's commit would. */
  readonly digest: (request: FastifyRequest) => Promise<string>
  readonly handler: (request: FastifyRequest<Parts<Schema>>, commit: StreamedCommit<Tx>) => Promise<Committed>
}

/** The same for a handler that reads the body itself. */
export function streamedRoute<Schema extends WriteSchema>(app: App, { idempotency }: WriteRoutesDeps, route: StreamedRoute<Schema>): void {
  const { digest } = route
  addRoute(
    app,
    route,
    idempotentUpload(
      idempotency,
      { ...keyed, digest: (request: FastifyRequest<Parts<Schema>>) => digest(request as FastifyRequest) },
      (request, commit) => route.handler(request, (effect, body) => commit(recorded(request, effect), body)),
    ),
  )
}

/** What a request changes, and that it did: the beginning of its story. */
const recorded =
  (request: Pick<FastifyRequest, 'principal' | 'method' | 'routeOptions'>, effect: Effect<Tx>): Effect<Tx> =>
  async (tx) => {
    const answer = await effect(tx)
    const { url: route = '' } = request.routeOptions
    await recordRequest(tx, request.principal, { method: request.method, route, status: answer.status })
    return answer
  }

const keyed = {
  scope: ({ principal }: Pick<FastifyRequest, 'principal'>) => ({ tenant: principal.tenantId, principal: principal.userId }),
  problem: problemAnswer,
}

function addRoute<Schema extends WriteSchema>(
  app: App,
  { method, url, schema }: Route<Schema>,
  handler: (request: FastifyRequest<Parts<Schema>>, reply: FastifyReply) => Promise<FastifyReply>,
): void {
  app
    .withTypeProvider<FastifyTypeProviderDefault>()
    .route<Parts<Schema>>({ method, url, schema, handler: (request, reply) => handler(request, reply) })
}
