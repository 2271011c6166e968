import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Answer, RenderedAnswer } from './answer.ts'
import type { Commit, Committed, StreamedCommit } from './commit.ts'
import { digestBytes, digestHead, digestValue, type Scope } from './fingerprint.ts'
import type { Idempotency } from './idempotency.ts'
import { IdempotencyError } from './idempotency-error.ts'
import { parseIdempotencyKey } from './idempotency-key.ts'
import type { AttemptClaim, KeyedRequest } from './keyed-request.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set while a request with a key runs. */
    idempotency: RequestAttempt | null
  }
}

export interface RequestAttempt {
  readonly claim: AttemptClaim
  /** Aborted when somebody else took the key over: what is done from now on will be refused. */
  readonly signal: AbortSignal
}

const rawDigest: unique symbol = Symbol('the digest of the body as it was sent')

/**
 * Lets `idempotent` compare JSON bodies by the bytes that were sent, by reading them with Fastify's own JSON parser after hashing
 * them. Other bodies that a parser has turned into a value are compared by that value.
 */
export async function idempotencyPlugin(app: FastifyInstance): Promise<void> {
  app.decorateRequest('idempotency', null)
  app.decorateRequest(rawDigest, '')
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    // Decoding would put replacement characters where it is not.
    if (!isUtf8(body)) return done(notUtf8())
    if (request.headers['idempotency-key'] !== undefined) Reflect.set(request, rawDigest, digestBytes(body))
    void parse(request, body.toString(), done)
  })
}

/** What Fastify's parser gives for other bodies that are no JSON. */
const notUtf8 = () => Object.assign(new Error('the body is not UTF-8'), { code: 'FST_ERR_CTP_INVALID_JSON_BODY', statusCode: 400 })

/** The whole application's JSON goes through it, not an encapsulated part's. */
Object.assign(idempotencyPlugin, { [Symbol.for('skip-override')]: true, [Symbol.for('fastify.display-name')]: 'idempotency' })

export interface RouteOptions<Request> {
  /** Who asks, after authentication. */
  readonly scope: (request: Request) => Scope
  /** What the service answers to an error: decides whether the answer is stored, and is what is stored. */
  readonly problem: (error: unknown, request: Request) => Answer
  /** The answer holds a secret: it is stored so that only whoever has the key can read it. */
  readonly sealed?: boolean
  /** Without a key: 400. By default the request is run without one. */
  readonly requireKey?: boolean
}

export interface ParsedRouteOptions<Request> extends RouteOptions<Request> {
  /** `before` where the handler does slow work ahead of its commit. By default one transaction holds everything. */
  readonly claim?: KeyedRequest['claim']
}

/**
 * A route whose equal requests have one effect. `handler` answers by `commit(effect)`: rows, messages and the stored answer are
 * written in one transaction. Errors that are not stored are thrown on, to the application's error handler.
 */
export function idempotent<Tx, Request extends FastifyRequest>(
  idempotency: Idempotency<Tx>,
  options: ParsedRouteOptions<NoInfer<Request>>,
  handler: (request: Request, commit: Commit<Tx>) => Promise<Committed>,
): (request: Request, reply: FastifyReply) => Promise<FastifyReply> {
  return (request, reply) => {
    const describe = () => ({ bodyDigest: digestParsedBody(request), claim: options.claim ?? 'with-effect' })
    return answerOnce(idempotency, options, request, reply, describe, handler)
  }
}

export interface StreamedRouteOptions<Request> extends RouteOptions<Request> {
  /** Reads the body to its end, keeping nothing, and tells the digest that `commit` would have been given. */
  readonly digest: (request: Request) => Promise<string>
}

/** As `idempotent`, for a handler that reads the body itself, as an upload. It is claimed before and compared at a repeat. */
export function idempotentUpload<Tx, Request extends FastifyRequest>(
  idempotency: Idempotency<Tx>,
  options: StreamedRouteOptions<NoInfer<Request>>,
  handler: (request: Request, commit: StreamedCommit<Tx>) => Promise<Committed>,
): (request: Request, reply: FastifyReply) => Promise<FastifyReply> {
  return (request, reply) => {
    const describe = () => ({ bodyDigest: () => options.digest(request), claim: 'before' as const })
    return answerOnce(idempotency, options, request, reply, describe, handler)
  }
}

async function answerOnce<Tx, Request extends FastifyRequest>(
  idempotency: Idempotency<Tx>,
  options: RouteOptions<Request>,
  request: Request,
  reply: FastifyReply,
  describe: () => Pick<KeyedRequest, 'bodyDigest' | 'claim'>,
  handler: (request: Request, commit: Commit<Tx> & StreamedCommit<Tx>) => Promise<Committed>,
): Promise<FastifyReply> {
  const header = request.headers['idempotency-key']
  if (header === undefined) {
    if (options.requireKey) throw new IdempotencyError('idempotency.key_missing')
    return send(reply, await idempotency.runUnkeyed((commit) => handler(request, commit)))
  }
  const key = parseIdempotencyKey(header)
  reply.header('idempotency-key', header)
  const keyed: KeyedRequest = {
    scope: options.scope(request),
    key,
    headDigest: digestHead({ method: request.method, url: request.originalUrl, contentType: request.headers['content-type'] }),
    problem: (error) => options.problem(error, request),
    isAbandoned: () => reply.raw.destroyed,
    sealed: options.sealed,
    ...describe(),
  }
  const { answer, replayed } = await idempotency.runOnce(keyed, (attempt) => {
    request.idempotency = attempt
    return handler(request, attempt.commit)
  })
  if (replayed) reply.header('idempotent-replayed', 'true')
  return send(reply, answer)
}

function send(reply: FastifyReply, { status, headers, body }: RenderedAnswer): FastifyReply {
  reply.code(status)
  for (const [name, value] of Object.entries(headers)) reply.header(name, value)
  return body.length === 0 ? reply.send() : reply.send(body)
}

function digestParsedBody(request: FastifyRequest): string {
  const sent: unknown = Reflect.get(request, rawDigest)
  if (typeof sent === 'string' && sent !== '') return sent
  const { body } = request
  return typeof body === 'string' || body instanceof Uint8Array ? digestBytes(body) : digestValue(body)
}
