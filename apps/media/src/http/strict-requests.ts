import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { Failure } from '../kernel/failure.ts'
import { hasBody } from './steady-body.ts'

/** What Node lets pass although it may mean two things, or something that nothing here does. */
export function demandStrictRequests(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }, reply) => {
    const failure = wrongHost(raw) ?? unmetExpectation(raw)
    // Where such a request ends, and who else reads it, is uncertain.
    if (failure !== undefined) reply.raw.shouldKeepAlive = false
    const refused = failure ?? unknownTransferCoding(raw) ?? repeatedHeader(raw) ?? undecodableQuery(raw)
    if (refused !== undefined) throw refused
  })

  app.addHook('preParsing', async ({ raw }, reply) => {
    const { method, headers } = raw
    const encoding = headers['content-encoding'] ?? 'identity'
    if (method === 'GET' || method === 'HEAD' || !hasBody(raw) || encoding.toLowerCase() === 'identity') return
    // RFC 9110, 15.5.16.
    reply.header('accept-encoding', 'identity')
    throw new Failure(
      'unsupported_type',
      'request.content_encoding_unsupported',
      'bodies are taken as they are, without a Content-Encoding',
    )
  })
}

type Check = (request: IncomingMessage) => Failure | undefined

const host = /^(\[[\w:.%]+\]|[\w\-.~%!$&'()*+,;=]*)(:\d*)?$/

/** RFC 9112, 3.2. Node takes the first of two, and refuses none with an answer that tells nothing. */
const wrongHost: Check = ({ rawHeaders, headers, httpVersion }) => {
  const hosts = countHeaders(rawHeaders, 'host')
  if (hosts === 0 && httpVersion === '1.0') return undefined
  if (hosts === 1 && host.test(headers.host ?? '')) return undefined
  return new Failure('invalid', 'request.malformed', 'a request in HTTP/1.1 needs one Host header, with a host and perhaps a port')
}

const unmetExpectation: Check = ({ headers: { expect = '100-continue' } }) =>
  expect.toLowerCase() === '100-continue'
    ? undefined
    : new Failure('invalid', 'request.expectation_failed', 'nothing can be expected here but 100-continue')

/** RFC 9112, 6.1. */
const unknownTransferCoding: Check = ({ headers: { 'transfer-encoding': coding = 'chunked' } }) =>
  coding.toLowerCase() === 'chunked'
    ? undefined
    : new Failure('invalid', 'request.transfer_coding_unsupported', 'the only Transfer-Encoding that is understood is chunked')

/** Of these Node takes the first; a proxy before it may have taken the last. */
const singletons = ['Authorization', 'Content-Type', 'If-Modified-Since', 'If-Unmodified-Since']

const repeatedHeader: Check = ({ rawHeaders }) => {
  const repeated = singletons.find((name) => countHeaders(rawHeaders, name.toLowerCase()) > 1)
  return repeated === undefined ? undefined : new Failure('invalid', 'request.header_invalid', `${repeated} is given more than once`)
}

const countHeaders = (rawHeaders: readonly string[], name: string) =>
  rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length

/** The framework would take it as it is written, percent signs and all. */
const undecodableQuery: Check = ({ url = '' }) => {
  const start = url.indexOf('?')
  try {
    if (start !== -1) decodeURIComponent(url.slice(start + 1))
    return undefined
  } catch (cause) {
    return new Failure('invalid', 'request.url_malformed', 'the query cannot be decoded', { cause })
  }
}
