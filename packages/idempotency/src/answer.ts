/** What a route answers. JSON is written once, and what was written is sent, stored and replayed. */
export interface Answer {
  readonly status: number
  /** Names in any case. `content-type` defaults to JSON, or to `application/octet-stream` for bytes. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Bytes, or a value for JSON. No body when undefined. */
  readonly body?: unknown
}

export interface RenderedAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** A string stands for its UTF-8 bytes; the empty one for no body. */
  readonly body: string | Uint8Array
}

export function renderAnswer({ status, headers = {}, body }: Answer): RenderedAnswer {
  const named: Record<string, string | readonly string[]> = {}
  for (const name in headers) named[name.toLowerCase()] = headers[name] as string | readonly string[]
  if (body === undefined) return { status, headers: named, body: '' }
  const isBytes = body instanceof Uint8Array
  named['content-type'] ??= isBytes ? 'application/octet-stream' : 'application/json; charset=utf-8'
  return { status, headers: named, body: isBytes ? body : JSON.stringify(body) }
}

/** Belong to one connection, one moment or one attempt. */
const notReplayed = new Set([
  'connection',
  'content-length',
  'date',
  'idempotency-key',
  'idempotent-replayed',
  'keep-alive',
  'proxy-authenticate',
  'server-timing',
  'set-cookie',
  'trailer',
  'transfer-encoding',
  'traceparent',
  'upgrade',
  'x-correlation-id',
])

export function replayedHeaders(headers: RenderedAnswer['headers']): RenderedAnswer['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !notReplayed.has(name)))
}

/** A repeat might be answered otherwise: after logging in, later, or when the state has changed. */
const passing = new Set([401, 403, 408, 409, 423, 425, 429])

/** Whether a repeat is answered with the same again. */
export const isLasting = (status: number): boolean => status >= 200 && status < 500 && !passing.has(status)
