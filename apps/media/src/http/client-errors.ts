import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { Failure } from '../kernel/failure.ts'
import { problemType, toProblem } from './problem.ts'

/** Answers what is no HTTP request, or never became one, on the bare socket; then closes it. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket, correlationId: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const problem = toProblem(failureOf(error.code), correlationId)
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Correlation-ID: ${correlationId}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

function failureOf(code: string | undefined): Failure {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Failure('timed_out', 'request.too_slow', 'the headers arrived too slowly')
  if (code === 'HPE_HEADER_OVERFLOW') return new Failure('too_large', 'request.headers_too_large', 'the headers are too large')
  return new Failure('invalid', 'request.malformed', 'this is not a well-formed HTTP request')
}

/** RFC 9112, 3.2. Node would refuse it too, with an answer that tells nothing. */
export function demandHost(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }, reply) => {
    if (raw.httpVersion !== '1.1' || raw.headers.host !== undefined) return
    reply.raw.shouldKeepAlive = false
    throw new Failure('invalid', 'request.malformed', 'a request in HTTP/1.1 needs a Host header')
  })
}
