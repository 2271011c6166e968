import { type Correlation, currentCorrelation } from './correlation.ts'
import { formatTraceparent } from './trace.ts'

export interface CorrelatedHosts {
  /** Who is told the ids: `example.test`, `example.test:8080`, or `.example.test` for every host below it. Nobody else is. */
  readonly hosts: readonly string[]
  /** Azure services, in the same form: they take the id as `x-ms-client-request-id`. */
  readonly azureHosts?: readonly string[]
}

/** The headers that carry the current story to a URL's host: none outside of a story or for a host that is not listed. */
export function correlationHeaders(url: URL, { hosts, azureHosts = [] }: CorrelatedHosts): Record<string, string> {
  const correlation = currentCorrelation()
  if (correlation === undefined) return {}
  return {
    ...(isListed(url, hosts) ? commonHeaders(correlation) : {}),
    ...(isListed(url, azureHosts) ? { 'x-ms-client-request-id': correlation.correlationId } : {}),
  }
}

function commonHeaders({ correlationId, trace }: Correlation): Record<string, string> {
  return { 'x-correlation-id': correlationId, ...(trace === undefined ? {} : { traceparent: formatTraceparent(trace) }) }
}

function isListed({ host, hostname }: URL, listed: readonly string[]): boolean {
  return listed.some((entry) => (entry.startsWith('.') ? hostname.endsWith(entry) : entry === host || entry === hostname))
}

const ours = ['x-correlation-id', 'traceparent', 'x-ms-client-request-id']
const maxRedirects = 20

/**
 * `fetch` that tells listed hosts, and only them, which story a request belongs to. It follows redirects itself,
 * because the platform's own would carry the headers on to any host.
 */
export function createCorrelatedFetch(listed: CorrelatedHosts, fetch: typeof globalThis.fetch = globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    let request = new Request(input, init)
    if (Object.keys(correlationHeaders(new URL(request.url), listed)).length === 0) return fetch(request)
    const body = isRepeatable(init?.body) ? init.body : undefined
    for (let redirects = 0; ; redirects += 1) {
      const response = await fetch(withCorrelation(request, listed))
      const location = response.headers.get('location')
      if (request.redirect !== 'follow' || !isRedirect(response.status) || location === null) return response
      if (redirects === maxRedirects) throw new TypeError('too many redirects')
      await response.body?.cancel()
      request = redirected(request, body, response.status, new URL(location, request.url))
    }
  }
}

function withCorrelation(request: Request, listed: CorrelatedHosts): Request {
  const sent = new Request(request, { redirect: request.redirect === 'follow' ? 'manual' : request.redirect })
  for (const [name, value] of Object.entries(correlationHeaders(new URL(request.url), listed))) sent.headers.set(name, value)
  return sent
}

type RepeatableBody = string | Uint8Array<ArrayBuffer> | URLSearchParams | Blob

function isRepeatable(body: unknown): body is RepeatableBody {
  return typeof body === 'string' || body instanceof Uint8Array || body instanceof URLSearchParams || body instanceof Blob
}

const isRedirect = (status: number): boolean => status === 301 || status === 302 || status === 303 || status === 307 || status === 308

/** As the Fetch standard has it: 303, and 301 or 302 after a POST, go on as GET; credentials do not go to another origin. */
function redirected(request: Request, body: RepeatableBody | undefined, status: number, url: URL): Request {
  const asGet = status === 303 ? request.method !== 'HEAD' : status < 303 && request.method === 'POST'
  if (!asGet && request.body !== null && body === undefined) throw new TypeError('a streamed body cannot be sent again after a redirect')
  const left = url.origin === new URL(request.url).origin ? [] : ['authorization', 'cookie', 'proxy-authorization']
  const ofBody = asGet ? ['content-type', 'content-length', 'content-encoding', 'content-language'] : []
  const headers = new Headers(request.headers)
  for (const name of [...ours, ...left, ...ofBody]) headers.delete(name)
  const { method, signal } = request
  return new Request(
    url,
    asGet || body === undefined ? { method: asGet ? 'GET' : method, headers, signal } : { method, headers, signal, body },
  )
}
