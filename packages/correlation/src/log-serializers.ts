/** What of a request is worth a line: never its headers or its body, and of its query only the names. */
export function serializeRequest(request: unknown): Record<string, unknown> {
  const url = read(request, 'url')
  const [path, query] = typeof url === 'string' ? split(url) : [undefined, undefined]
  return present({
    method: read(request, 'method'),
    path,
    query: query === undefined ? undefined : [...new Set(new URLSearchParams(query).keys())],
    route: read(read(request, 'routeOptions'), 'url'),
    remoteAddress: read(request, 'ip') ?? read(read(request, 'socket'), 'remoteAddress'),
  })
}

export function serializeResponse(response: unknown): Record<string, unknown> {
  return present({ status: read(response, 'statusCode') })
}

const maxCauses = 8

/** The members of an error that this house and Node give it, and its causes. Others may hold anything: a request, a configuration. */
export function serializeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return depth === 0 ? error : String(error)
  const inner = error instanceof AggregateError ? error.errors : []
  return present({
    type: error.name,
    message: error.message,
    code: read(error, 'code'),
    kind: read(error, 'kind'),
    status: read(error, 'status') ?? read(error, 'statusCode'),
    requestId: read(error, 'requestId'),
    syscall: read(error, 'syscall'),
    stack: error.stack,
    cause: error.cause === undefined || depth >= maxCauses ? undefined : serializeError(error.cause, depth + 1),
    errors: inner.length === 0 || depth >= maxCauses ? undefined : inner.slice(0, maxCauses).map((each) => serializeError(each, depth + 1)),
  })
}

function split(url: string): [path: string, query: string | undefined] {
  const at = url.indexOf('?')
  return at === -1 ? [url, undefined] : [url.slice(0, at), url.slice(at + 1)]
}

function read(from: unknown, name: string): unknown {
  return typeof from === 'object' && from !== null ? Reflect.get(from, name) : undefined
}

function present(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
