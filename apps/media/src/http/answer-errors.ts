import { currentCorrelation, newCorrelationId } from '@holdfast/correlation'
import type { Answer } from '@holdfast/idempotency'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../kernel/failure.ts'
import { problemType, toFailure, toProblem } from './problem.ts'

/** Whatever goes wrong is answered as a problem. What nobody foresaw is logged with its stack; the answer tells nothing of it. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler(sendProblem)
  // Before a body is looked at: a route that is not there takes no Content-Type either.
  app.addHook('onRequest', async (request) => {
    if (request.is404) throw unknownRoute()
  })
  app.setNotFoundHandler((request, reply) => sendProblem(unknownRoute(), request, reply))
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = toFailure(error)
  if (failure.kind === 'internal') request.log.error({ err: failure.cause ?? failure }, 'request failed')
  else if (failure.kind === 'unavailable') request.log.warn({ err: failure.cause ?? failure, code: failure.code }, 'request not served')
  const { status, headers, body } = problemAnswer(failure)
  // The framework closes the connection where it left a body unread. It is read away instead, so that this answer arrives.
  reply.removeHeader('connection')
  return reply
    .code(status)
    .headers({ ...headers })
    .serializer(JSON.stringify)
    .send(body)
}

/** The answer to an error, whatever threw it. */
export function problemAnswer(error: unknown): Answer & { readonly headers: Readonly<Record<string, string>> } {
  const failure = toFailure(error)
  const problem = toProblem(failure, currentCorrelation()?.correlationId ?? newCorrelationId())
  return {
    status: problem.status,
    headers: {
      'content-type': problemType,
      ...(failure.retryAfterSeconds !== undefined && { 'retry-after': String(failure.retryAfterSeconds) }),
      ...(failure.kind === 'unauthenticated' && { 'www-authenticate': challenge(failure.code) }),
    },
    body: problem,
  }
}

/** RFC 6750: an error is named only where credentials were sent. */
const challenge = (code: string) => `Bearer realm="holdfast"${code === 'auth.credentials_missing' ? '' : ', error="invalid_token"'}`

const unknownRoute = () => new Failure('not_found', 'route.unknown', 'there is no such route')
