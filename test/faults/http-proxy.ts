import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { resetConnection } from './reset-connection.ts'

/** What becomes of a request that is not simply passed on. */
export type HttpFault =
  /** Answered by the proxy, in the server's stead. */
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** The connection is reset before the server hears of it. */
  | { readonly kind: 'reset' }
  /** The server does what it is asked, and the connection is reset instead of its answer. */
  | { readonly kind: 'lost answer' }
  /** Neither an answer nor an end. */
  | { readonly kind: 'stall' }
  /** The head of the answer and so much of its body, then a reset, or neither more nor an end. */
  | { readonly kind: 'half body'; readonly bytes: number; readonly end?: 'stall' }

export interface SeenRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly authorization: string | undefined
}

/** Stands between HTTP clients and a server, and spoils what it is told to. */
export interface HttpProxy extends AsyncDisposable {
  /** The server's address with the proxy's host and port in it. */
  readonly url: string
  /** How many requests were spoiled. */
  readonly spoiled: number
  /** Spoils from now on what this says; the requests before are as they were. */
  spoil(faultOf: (request: SeenRequest) => HttpFault | undefined): void
}

/** @param url The server's address, `http:` alone. */
export async function startHttpProxy(url: string): Promise<HttpProxy> {
  const upstream = new URL(url)
  let spoiled = 0
  let faultOf: (request: SeenRequest) => HttpFault | undefined = () => undefined
  const server = createServer((incoming, outgoing) => {
    const { method = '', url: path = '', headers } = incoming
    const fault = faultOf({ method, path, authorization: headers.authorization })
    if (fault !== undefined) spoiled += 1
    answer(upstream, incoming, outgoing, fault).catch(() => resetConnection(incoming.socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = new URL(url)
  address.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: address.href.replace(/\/$/, ''),
    get spoiled() {
      return spoiled
    },
    spoil: (next) => {
      faultOf = next
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(upstream: URL, incoming: IncomingMessage, outgoing: ServerResponse, fault: HttpFault | undefined): Promise<void> {
  if (fault?.kind === 'stall') return
  if (fault?.kind === 'reset') throw new Error('reset')
  if (fault?.kind === 'status') {
    incoming.resume()
    outgoing.writeHead(fault.status, fault.headers).end(fault.body)
    return
  }
  const response = await passOn(upstream, incoming)
  if (fault?.kind === 'lost answer') {
    await response.resume().toArray()
    throw new Error('reset')
  }
  outgoing.writeHead(response.statusCode ?? 502, response.headers)
  if (fault === undefined) await pipeline(response, outgoing)
  else await passHalf(response, outgoing, fault.bytes)
  if (fault?.kind === 'half body' && fault.end !== 'stall') throw new Error('reset')
}

async function passOn(upstream: URL, incoming: IncomingMessage): Promise<IncomingMessage> {
  const { hostname, port } = upstream
  const passed = request({ hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers, agent: false })
  const responded = once(passed, 'response') as Promise<[IncomingMessage]>
  const [[response]] = await Promise.all([responded, pipeline(incoming, passed)])
  return response
}

async function passHalf(response: IncomingMessage, outgoing: ServerResponse, bytes: number): Promise<void> {
  let left = bytes
  for await (const chunk of response as AsyncIterable<Buffer>) {
    await new Promise((resolve) => outgoing.write(chunk.subarray(0, left), resolve))
    left -= Math.min(left, chunk.length)
    if (left === 0) break
  }
}
