interface Operation {
  responses?: Record<string, { headers?: unknown }>
  requestBody?: { content: Record<string, unknown>; required?: boolean; description?: string }
  parameters?: unknown[]
  operationId?: string
  security?: Record<string, string[]>[]
}

type Paths = Record<string, Record<string, Operation>>

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same request under the same key has one effect and one answer, however often it is sent.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

const header = (description: string, example: string) => ({ description, schema: { type: 'string' }, example })

/** draft-ietf-httpapi-ratelimit-headers-11. */
const rateLimitHeaders = {
  'RateLimit-Policy': header('The quota and its window in seconds.', '"principal";q=6000;w=60'),
  RateLimit: header('What is left of it, and the seconds until there is more.', '"principal";r=0;t=1'),
  'Retry-After': header('Seconds.', '1'),
}

const bytes = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
const form = {
  'multipart/form-data': {
    schema: {
      type: 'object',
      properties: { file: { type: 'array', items: { type: 'string', format: 'binary' } }, folder: { type: 'string' } },
    },
  },
}

interface Document {
  paths: Paths
  components: { schemas: Record<string, unknown> }
}

/** Adds what no schema of a route tells: a name for programs, who must say who they are, what may be repeated, and bodies that are streamed. */
export function completeDocument(document: Document): void {
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      // Of a HEAD it is the same object as of its GET.
      const own = { ...operation }
      operations[method] = own
      complete(path, method, own)
    }
  }
  dropUnused(document)
}

/** Each shape comes in two forms, as it is sent and as it is answered; of most, one is used. */
function dropUnused({ paths, components: { schemas } }: Document): void {
  const used = new Set<string>()
  const follow = (part: unknown) => {
    for (const [, name = ''] of (JSON.stringify(part) ?? '').matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue
      used.add(name)
      follow(schemas[name])
    }
  }
  follow(paths)
  for (const name of Object.keys(schemas)) if (!used.has(name)) delete schemas[name]
}

/** For whoever has no credentials yet, or any more. */
const open = /^\/v1\/(tokens|password-resets)(\/|$)/

function complete(path: string, method: string, operation: Operation): void {
  operation.operationId = nameOf(method, path)
  const streamed = streamedBodies[`${method} ${path}`]
  if (streamed !== undefined) operation.requestBody = { required: true, description: 'The bytes, of any type.', content: streamed }
  const tooMany = operation.responses?.['429']
  if (tooMany !== undefined) tooMany.headers = rateLimitHeaders
  if (!path.startsWith('/v1/') || (method === 'post' && open.test(path))) return
  operation.security = [{ bearer: [] }]
  if (['post', 'put', 'patch', 'delete'].includes(method)) operation.parameters = [...(operation.parameters ?? []), idempotencyKey]
}

/** What generated clients call it: `get /v1/files/{fileId}/content` is `getFilesByFileIdContent`. */
function nameOf(method: string, path: string): string {
  const words = path
    .replace(/^\/v1\//, '')
    .replaceAll(/\{(\w+)\}/g, 'by/$1')
    .split(/[^a-z0-9]+/i)
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

const streamedBodies: Readonly<Record<string, Record<string, unknown>>> = {
  'post /v1/files': { ...bytes, ...form },
  'put /v1/files/{fileId}/content': bytes,
}
