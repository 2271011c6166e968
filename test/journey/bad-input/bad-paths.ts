import type { Operation } from '../openapi.ts'
import type { Call } from '../operations/known-operation.ts'
import { pathOf } from '../operations/operations.ts'
import { type BadRequest, hostileNames } from './bad-request.ts'

const badIds = {
  'of no form': 'not-an-id',
  'of a number': '0',
  'of a path': '..%2F..%2Fetc%2Fpasswd',
  'with NUL': '%00',
  'of 3 kB': 'a'.repeat(3_000),
  'of SQL': "'%20OR%201=1%20--",
  'of nobody': '00000000-0000-7000-8000-000000000000',
}

const badValues: Readonly<Record<string, readonly string[]>> = {
  limit: ['0', '-1', '1001', 'many', '1.5', 'NaN', '1e400', '99999999999999999999'],
  cursor: ['garbage', '\0', base64('[]'), base64('{}'), base64('[1,2,3,4,5,6]'), base64('[{},[]]'), 'c'.repeat(3_000)],
  folder: ['nowhere', '../root'],
  parent: ['nowhere', 'ROOT'],
  kind: ['anything'],
  favourite: ['yes', '1'],
  sort: ['name; DROP TABLE file', 'owner'],
  sha256: ['short', 'z'.repeat(64)],
  user: ['somebody'],
  subjectId: [],
}

/** Ids and queries that are wrong, for an operation with a right one. */
export function badPaths(operation: Operation, id: string, call: Call): BadRequest[] {
  return [...wrongIds(operation, id, call), ...wrongQueries(operation, id, call)]
}

function wrongIds({ method, path, parameters }: Operation, id: string, call: Call): BadRequest[] {
  const names = parameters.filter(({ name, in: place }) => place === 'path' && name !== 'size').map(({ name }) => name)
  return names.flatMap((name) =>
    Object.entries(badIds).map(([what, badId]) => ({
      what: `an id ${what}`,
      method,
      path: pathOf({ path: path.replace(`{${name}}`, badId) }, id, call),
      ...bodyOf(call),
    })),
  )
}

function wrongQueries(operation: Operation, id: string, call: Call): BadRequest[] {
  const { method, parameters } = operation
  const names = parameters.filter(({ in: place }) => place === 'query').map(({ name }) => name)
  if (names.length === 0) return []
  const bad = (what: string, query: Record<string, string>): BadRequest => ({
    what,
    method,
    path: pathOf(operation, id, { ...call, query: { ...call.query, ...query } }),
    ...bodyOf(call),
    status: 400,
  })
  const hostile = method === 'POST' ? Object.entries(hostileNames) : []
  return [
    bad('a query that nobody knows', { unexpected: '1' }),
    ...names.map((name) => ({ ...bad(`${name} that is no UTF-8`, {}), path: withQuery(operation, id, call, `${name}=%ff`) })),
    ...names.flatMap((name) => (badValues[name] ?? []).map((value) => bad(`${name}=${value.slice(0, 50)}`, { [name]: value }))),
    ...names
      .filter((name) => name in badValues)
      .map((name) => ({ ...bad(`${name} twice`, {}), path: withQuery(operation, id, call, `${name}=1&${name}=2`) })),
    // A lone surrogate cannot be written in a URL.
    ...hostile.filter(([, name]) => name.isWellFormed()).map(([what, name]) => ({ ...bad(`a name ${what}`, { name }), status: 422 })),
  ]
}

function withQuery(operation: Operation, id: string, call: Call, query: string): string {
  const path = pathOf(operation, id, call)
  return `${path}${path.includes('?') ? '&' : '?'}${query}`
}

export const bodyOf = ({ json, bytes }: Call): Pick<BadRequest, 'headers' | 'body'> =>
  json === undefined ? { body: bytes } : { headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(json)) }

function base64(value: string): string {
  return Buffer.from(value).toString('base64url')
}
