import { createClient, expectJson } from '../service/client.ts'

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
}

interface DocumentedOperation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> }
  readonly responses: Readonly<Record<string, unknown>>
  readonly security?: readonly unknown[]
}

/** One operation of the document, by its name there: `GET /v1/files/{fileId}`. */
export interface Operation {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly parameters: readonly Parameter[]
  readonly bodyTypes: readonly string[]
  readonly statuses: ReadonlySet<number>
  readonly isGuarded: boolean
}

export async function readOperations(url: string): Promise<Operation[]> {
  const { paths } = expectJson<{ paths: Record<string, Record<string, DocumentedOperation>> }>(
    await createClient(url).get('/openapi.json'),
    200,
  )
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([verb, operation]) => describe(path, verb.toUpperCase(), operation)),
  )
}

const describe = (path: string, method: string, operation: DocumentedOperation): Operation => ({
  name: `${method} ${path}`,
  method,
  path,
  parameters: operation.parameters ?? [],
  bodyTypes: Object.keys(operation.requestBody?.content ?? {}),
  statuses: new Set(Object.keys(operation.responses).map(Number)),
  isGuarded: operation.security !== undefined,
})
