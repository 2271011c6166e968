import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request as requestPlain } from 'node:http'
import { request as requestByTls, Agent as TlsAgent } from 'node:https'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'

export interface Request {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers?: OutgoingHttpHeaders | undefined
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined
  /** Rejects, and cuts the connection, where the whole answer is not there by then: 30 s by default. */
  readonly timeoutMs?: number
  /** Sends so much of the body and cuts the connection. */
  readonly cutAfterBytes?: number | undefined
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

const kept = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY }
const plain = { request: requestPlain, agent: new Agent(kept) }
const byTls = { request: requestByTls, agent: new TlsAgent(kept) }

/** One request over one connection, and its whole answer. Rejects where the connection is refused or cut. Retries nothing. */
export function send(url: string, { method, path, headers = {}, body, timeoutMs = 30_000, cutAfterBytes }: Request): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length = body instanceof Uint8Array ? { 'content-length': body.length } : {}
    const { protocol, hostname, port } = new URL(url)
    const { request, agent } = protocol === 'https:' ? byTls : plain
    const signal = AbortSignal.timeout(timeoutMs)
    const outgoing = request({ hostname, port, path, method, headers: { ...length, ...headers }, agent, signal })
    // Also after the answer has begun: a server may answer before it has taken the whole body.
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      buffer(incoming).then((answered) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: answered }), reject)
    })
    if (body instanceof Uint8Array && cutAfterBytes !== undefined) outgoing.write(body.subarray(0, cutAfterBytes), () => outgoing.destroy())
    else if (body === undefined || body instanceof Uint8Array) outgoing.end(body)
    else
      Readable.from(body)
        .on('error', (error) => outgoing.destroy(error))
        .pipe(outgoing)
  })
}

/** The answer's JSON. Its shape is the caller's claim: these tests compare what they read. */
export const json = <Body>({ body }: Reply): Body => JSON.parse(body.toString()) as Body
