import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { newCorrelationId } from '@holdfast/correlation'
import { Failure } from '../kernel/failure.ts'
import { answerInTurn, noteAnswers } from './answer-in-turn.ts'
import { problemType, toProblem } from './problem.ts'

/** Answers what is no HTTP request, or never became one, on the bare socket; then closes it. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET') socket.destroy()
  else answerInTurn(socket, () => endWith(socket, failureOf(error.code)))
}

function failureOf(code: string | undefined): Failure {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Failure('timed_out', 'request.too_slow', 'the headers arrived too slowly')
  if (code === 'HPE_HEADER_OVERFLOW') return new Failure('too_large', 'request.headers_too_large', 'the headers are too large')
  return new Failure('invalid', 'request.malformed', 'this is not a well-formed HTTP request')
}

/** Requests that Node would end by itself, with an answer that tells nothing or with none. */
export function answerWhatNodeRefuses(server: Server): void {
  noteAnswers(server)
  // Like any other request: the hooks refuse it.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    // The server has let go of it.
    socket.on('error', () => socket.destroy())
    const failure = new Failure('invalid', 'method.not_implemented', 'CONNECT is for proxies, and this is none')
    answerInTurn(socket, () => endWith(socket, failure))
  })
}

function endWith(socket: Duplex, failure: Failure): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const correlationId = newCorrelationId()
  const problem = toProblem(failure, correlationId)
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
