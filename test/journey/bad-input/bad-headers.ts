import type { Operation } from '../openapi.ts'
import type { Call } from '../operations/known-operation.ts'
import { pathOf } from '../operations/operations.ts'
import { bodyOf } from './bad-paths.ts'
import type { BadRequest } from './bad-request.ts'

const badKeys = {
  'of nothing': '',
  'of 256 characters': 'k'.repeat(256),
  'of blanks': 'two words',
  'without its end': '"open',
  'of other letters': Buffer.from('schlüssel').toString('latin1'),
  'given twice': ['one', 'two'],
}

const badCredentials = ['Bearer', 'Basic YTpi', 'Bearer two words', 'Bearer hf_nobody', `Bearer ${'a'.repeat(5_000)}`, 'Bearer e30.e30.e30']

/** Headers that are wrong on a request that is right otherwise. */
export function badHeaders(operation: Operation, id: string, call: Call): BadRequest[] {
  const { method, parameters, isGuarded } = operation
  const { headers, body } = bodyOf(call)
  const path = pathOf(operation, id, call)
  const bad = (what: string, status: number, more: BadRequest['headers']): BadRequest => ({
    what,
    method,
    path,
    headers: { ...headers, ...more },
    body,
    status,
  })
  const takesKey = parameters.some(({ name }) => name === 'Idempotency-Key')
  const hasBody = body !== undefined && body.length > 0
  return [
    ...(hasBody ? [bad('a compressed body', 415, { 'content-encoding': 'gzip' })] : []),
    // Refused before the method is known: what is answered to HEAD then has a body, and clients close over it.
    ...(method === 'HEAD' ? [] : [bad('a header of 40 kB', 431, { 'x-long': 'x'.repeat(40_000) })]),
    // An upload makes a new file: there is nothing that it could be compared with.
    ...(takesKey && operation.name !== 'POST /v1/files' ? [bad('an ETag that is not there', 412, { 'if-match': '"another"' })] : []),
    ...(takesKey ? Object.entries(badKeys).map(([what, key]) => bad(`a key ${what}`, 400, { 'idempotency-key': key })) : []),
    ...(isGuarded ? badCredentials.map((authorization) => bad(`credentials ${authorization.slice(0, 20)}`, 401, { authorization })) : []),
  ]
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']

/** Methods that the path does not have. */
export function badMethods(operation: Operation, all: readonly Operation[], id: string): BadRequest[] {
  const known = new Set(all.filter(({ path }) => path === operation.path).map(({ method }) => method))
  return methods
    .filter((method) => !known.has(method))
    .map((method) => ({ what: `the method ${method}`, method, path: pathOf(operation, id), status: 405 }))
}
