interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly description?: string
}

interface Operation {
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema; readonly example?: unknown }>> }
  readonly security?: readonly unknown[]
}

interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly example?: unknown
  readonly default?: unknown
}

export interface OpenApi {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> }
}

/** The document as a collection of Postman (v2.1.0): one request for each operation, in a folder for each tag, with the variables `url` and `key`. */
export function collectionOf({ info, paths, components }: OpenApi): object {
  const requests = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      folder: operation.tags?.[0] ?? path.split('/').find((part) => part !== '' && !/^v\d+$/.test(part)) ?? 'other',
      item: {
        name: operation.summary ?? `${method.toUpperCase()} ${path}`,
        request: requestOf(method, path, operation, components?.schemas ?? {}),
      },
    })),
  )
  const folders = Map.groupBy(requests, ({ folder }) => folder)
  return {
    info: {
      name: info.title,
      version: info.version,
      ...(info.description !== undefined && { description: info.description }),
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{key}}', type: 'string' }] },
    variable: [
      { key: 'url', value: 'http://127.0.0.1:3000' },
      { key: 'key', value: '' },
    ],
    item: [...folders].map(([name, its]) => ({ name, item: its.map(({ item }) => item) })),
  }
}

function requestOf(method: string, path: string, operation: Operation, schemas: Readonly<Record<string, Schema>>): object {
  const { parameters = [], requestBody, security, description } = operation
  const of = (place: Parameter['in']) => parameters.filter((parameter) => parameter.in === place)
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? []
  const steps = path.slice(1).replaceAll(/\{(\w+)\}/g, ':$1')
  return {
    method: method.toUpperCase(),
    ...(description !== undefined && { description }),
    ...(security === undefined && { auth: { type: 'noauth' } }),
    header: [
      ...of('header').map((one) => ({ ...field(one), value: one.name === 'Idempotency-Key' ? '{{$guid}}' : '' })),
      ...(type === undefined ? [] : [{ key: 'Content-Type', value: type }]),
    ],
    url: {
      raw: `{{url}}/${steps}`,
      host: ['{{url}}'],
      path: steps.split('/'),
      query: of('query').map((one) => ({ ...field(one), value: '' })),
      variable: of('path').map(({ name }) => ({ key: name, value: '' })),
    },
    ...(type !== undefined && { body: bodyOf(type, content?.example ?? exampleOf(content?.schema ?? {}, schemas)) }),
  }
}

/** What may be left out is there, and switched off. */
const field = ({ name, description, required = false }: Parameter): object => ({
  key: name,
  disabled: !required,
  ...(description !== undefined && { description }),
})

function bodyOf(type: string, example: unknown): object {
  if (/json/.test(type)) return { mode: 'raw', raw: JSON.stringify(example, null, 2), options: { raw: { language: 'json' } } }
  if (type === 'application/x-www-form-urlencoded')
    return {
      mode: 'urlencoded',
      urlencoded: Object.entries((example ?? {}) as Record<string, unknown>).map(([key, value]) => ({ key, value: String(value) })),
    }
  return type === 'multipart/form-data' ? { mode: 'formdata', formdata: [{ key: 'file', type: 'file' }] } : { mode: 'file', file: {} }
}

/** What must be given, with a value of its type. */
function exampleOf(schema: Schema, schemas: Readonly<Record<string, Schema>>): unknown {
  const { example, default: usual, type, properties = {}, required = [], $ref } = schema
  if ($ref !== undefined) return exampleOf(schemas[$ref.split('/').pop() ?? ''] ?? {}, schemas)
  if (example !== undefined || usual !== undefined) return example ?? usual
  if (type === 'object') return Object.fromEntries(required.map((name) => [name, exampleOf(properties[name] ?? {}, schemas)]))
  const empty: Readonly<Record<string, unknown>> = { string: '', integer: 0, number: 0, boolean: false, array: [] }
  return empty[type ?? ''] ?? null
}
