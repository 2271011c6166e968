/** What is read of an OpenAPI 3.1 document. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly description?: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly tags?: readonly string[]
  readonly summary?: string
  /** Empty or missing: anybody may. */
  readonly security?: readonly object[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> }
}

interface Parameter {
  readonly in: string
  readonly name: string
  readonly description?: string
}

interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly default?: unknown
}

/**
 * A Postman collection of every operation, in a folder for each tag: `baseUrl` and `token` are its variables, and what changes something has an
 * `Idempotency-Key` of its own each time it is sent.
 *
 * @see https://schema.postman.com/collection/json/v2.1.0/draft-07/docs/index.html
 */
export function postmanCollection({ info, paths }: ApiDocument): object {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? 'others'))]
  return {
    info: {
      name: info.title,
      description: info.description ?? '',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{token}}', type: 'string' }] },
    variable: [
      { key: 'baseUrl', value: 'http://127.0.0.1:3000' },
      { key: 'token', value: '' },
    ],
    item: tags.map((tag) => ({
      name: tag,
      item: operations
        .filter(({ operation }) => (operation.tags?.[0] ?? 'others') === tag)
        .map(({ path, method, operation }) => requestItem(path, method, operation)),
    })),
  }
}

function requestItem(path: string, method: string, operation: Operation): object {
  const { summary, security = [], parameters = [], requestBody } = operation
  const named = (place: string) => parameters.filter((parameter) => parameter.in === place)
  const pathname = path.replaceAll(/\{(\w+)\}/g, ':$1')
  const query = named('query').map(({ name, description = '' }) => ({ key: name, value: '', description, disabled: true }))
  const [contentType] = Object.keys(requestBody?.content ?? {})
  return {
    name: summary ?? `${method.toUpperCase()} ${path}`,
    request: {
      method: method.toUpperCase(),
      ...(security.length === 0 && { auth: { type: 'noauth' } }),
      header: [
        ...named('header').map(({ name }) => ({ key: name, value: name === 'Idempotency-Key' ? '{{$guid}}' : '' })),
        ...(contentType === undefined || contentType === 'multipart/form-data' ? [] : [{ key: 'Content-Type', value: contentType }]),
      ],
      url: {
        raw: `{{baseUrl}}${pathname}`,
        host: ['{{baseUrl}}'],
        path: pathname.slice(1).split('/'),
        query,
        variable: named('path').map(({ name, description = '' }) => ({ key: name, value: '', description })),
      },
      ...(contentType !== undefined && { body: bodyOf(contentType, requestBody?.content[contentType]?.schema) }),
    },
    response: [],
  }
}

function bodyOf(contentType: string, schema: Schema | undefined): object {
  if (contentType === 'application/json') {
    return { mode: 'raw', raw: JSON.stringify(sample(schema), null, 2), options: { raw: { language: 'json' } } }
  }
  if (contentType === 'application/x-www-form-urlencoded') {
    return { mode: 'urlencoded', urlencoded: Object.keys(schema?.properties ?? {}).map((key) => ({ key, value: '', type: 'text' })) }
  }
  return { mode: 'file', file: { src: '' } }
}

/** The least that the schema demands, in the form that it demands. */
function sample(schema: Schema = {}): unknown {
  if (schema.default !== undefined) return schema.default
  if (schema.enum !== undefined) return schema.enum[0]
  if (schema.anyOf !== undefined) return sample(schema.anyOf[0])
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0]
  const { properties = {}, required = Object.keys(properties) } = schema
  if (type === 'object') return Object.fromEntries(required.map((name) => [name, sample(properties[name])]))
  if (type === 'array') return [sample(schema.items)]
  if (type === 'boolean') return false
  return type === 'integer' || type === 'number' ? 0 : ''
}
