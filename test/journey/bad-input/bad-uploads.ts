import type { OutgoingHttpHeaders } from 'node:http'
import type { Operation } from '../openapi.ts'
import type { Call } from '../operations/known-operation.ts'
import { pathOf } from '../operations/operations.ts'
import { type BadRequest, hostileNames } from './bad-request.ts'

/** Larger than the limit that the test sets. */
export const maxOtherBytes = 512 * 1024

const form = 'multipart/form-data; boundary=b'
const part = (disposition: string, bytes = 'bytes') => `--b\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${bytes}\r\n`
const end = '--b--\r\n'

/** Bytes that are not what is said of them, for the operations that take any. */
export function badUploads(operation: Operation, id: string, call: Call): BadRequest[] {
  const bad = (what: string, status: number, headers: OutgoingHttpHeaders, body: string | Uint8Array = 'bytes'): BadRequest => ({
    what,
    method: operation.method,
    path: pathOf(operation, id, call),
    headers,
    body: Buffer.from(body),
    status,
  })
  const wrongDigest = pathOf(operation, id, { query: { ...call.query, sha256: '0'.repeat(64) } })
  return [
    { ...bad('another SHA-256 than announced', 422, {}), path: wrongDigest },
    bad('another digest than announced', 422, { 'content-digest': `sha-256=:${Buffer.alloc(32).toString('base64')}:` }),
    bad('a digest of no form', 400, { 'content-digest': 'sha-256=:short:' }),
    bad('text as an image', 415, { 'content-type': 'image/png' }),
    bad('bytes as text', 415, { 'content-type': 'text/plain' }, Buffer.from([0, 1, 2, 3])),
    bad('too many bytes', 413, {}, Buffer.alloc(maxOtherBytes + 1)),
    ...(operation.bodyTypes.includes('multipart/form-data')
      ? badForms(operation, call)
      : [bad('a form', 415, { 'content-type': form }, end)]),
  ]
}

function badForms(operation: Operation, { query: { folder = '' } = {} }: Call): BadRequest[] {
  const bad = (what: string, status: number, body: string, type = form): BadRequest => ({
    what: `a form ${what}`,
    method: operation.method,
    path: `${operation.path}?folder=${folder}`,
    headers: { 'content-type': type },
    body: Buffer.from(body),
    status,
  })
  const file = part('name="file"; filename="fine.txt"')
  return [
    bad('without a boundary', 400, `${file}${end}`, 'multipart/form-data'),
    bad('with another boundary', 400, `${file}${end}`, 'multipart/form-data; boundary=other'),
    bad('of nothing', 400, ''),
    bad('without a file', 400, end),
    bad('without its end', 400, file),
    bad('with a part without a name', 400, `${part('filename="x"')}${end}`),
    bad('with a field that nobody knows', 400, `${part('name="owner"', 'me')}${file}${end}`),
    bad('with a folder of no form', 400, `${part('name="folder"', 'nowhere')}${file}${end}`),
    bad('with a field of 10 kB', 400, `${part('name="folder"', 'f'.repeat(10_000))}${file}${end}`),
    bad('with headers of 100 kB', 400, `--b\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\nbytes\r\n${end}`),
    bad('whose second name is taken by the first', 409, `${file}${part('name="file"; filename="FINE.txt"')}${end}`),
    bad('whose second file is too large', 413, `${file}${part('name="file"; filename="b"', 'x'.repeat(maxOtherBytes + 1))}${end}`),
    ...Object.entries(hostileNames)
      .filter(([, name]) => name.isWellFormed() && name !== '')
      .map(([what, name]) =>
        bad(`with a name ${what}`, 422, `${file}${part(`name="file"; filename*=UTF-8''${encodeURIComponent(name)}`)}${end}`),
      )
      .map((request) => (request.what.endsWith('10 kB') ? { ...request, status: 400 } : request)),
  ]
}
