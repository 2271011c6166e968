import { hash } from 'node:crypto'

/** Of a request's bytes: SHA-256 in hexadecimal. */
export const digestBytes = (bytes: string | Uint8Array): string => hash('sha256', bytes)

export interface DigestedPart {
  readonly name: string
  readonly filename?: string | undefined
  readonly mediaType?: string | undefined
  /** Of the part's bytes, in hexadecimal. */
  readonly sha256: string
}

/** Of a multipart body: its parts in their order. The boundary does not count, since each attempt has its own. */
export function digestParts(parts: readonly DigestedPart[]): string {
  return digestBytes(
    JSON.stringify(parts.map(({ name, filename = null, mediaType = null, sha256 }) => [name, filename, mediaType, sha256])),
  )
}

/** Of a body of which only the parsed value is left: members in one order, whatever order they came in. */
export const digestValue = (value: unknown): string => digestBytes(canonicalJson(value))

function canonicalJson(value: unknown): string {
  return (
    JSON.stringify(value, (_name, member: unknown) =>
      typeof member === 'object' && member !== null && !Array.isArray(member)
        ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : member,
    ) ?? ''
  )
}

export interface RequestHead {
  readonly method: string
  /** As it was sent: path and query. */
  readonly url: string
  readonly contentType?: string | undefined
}

/** Of everything but the body. The order of the query's members and the boundary of a multipart body do not count. */
export function digestHead({ method, url, contentType = '' }: RequestHead): string {
  const query = url.indexOf('?')
  const path = query === -1 ? url : url.slice(0, query)
  const members =
    query === -1
      ? ''
      : url
          .slice(query + 1)
          .split('&')
          .toSorted()
          .join('&')
  return digestBytes(`${method}\n${path}\n${members}\n${normalizeContentType(contentType)}`)
}

function normalizeContentType(contentType: string): string {
  if (!contentType.includes(';')) return contentType.trim().toLowerCase()
  const [type = '', ...parameters] = contentType.toLowerCase().split(';')
  const kept = parameters.map((parameter) => parameter.trim()).filter((parameter) => !parameter.startsWith('boundary='))
  return [type.trim(), ...kept.toSorted()].join(';')
}

export interface Scope {
  readonly tenant: string
  readonly principal: string
}

/** One record for each tenant, principal and key; nobody can name somebody else's. */
export function recordId({ tenant, principal }: Scope, key: string): string {
  return digestBytes(JSON.stringify([tenant, principal, key]))
}
