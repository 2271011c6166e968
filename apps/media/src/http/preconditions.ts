import type { IncomingHttpHeaders } from 'node:http'

/** What a client may have seen before. `modifiedAt` in milliseconds since 1970. */
export interface Validators {
  readonly etag: string
  readonly modifiedAt: number
}

/** The strong validator of content: equal exactly when the bytes are. */
export const contentEtag = (sha256: string): string => `"sha256-${sha256}"`

/** The order in which preconditions are looked at (RFC 9110, 13.2.2), for GET and HEAD. */
export function evaluatePreconditions(headers: IncomingHttpHeaders, current: Validators): 'proceed' | 'not_modified' | 'failed' {
  const unmodifiedSince = parseDate(headers['if-unmodified-since'])
  if (headers['if-match'] !== undefined) {
    if (!matches(headers['if-match'], current.etag, strong)) return 'failed'
  } else if (unmodifiedSince !== undefined && seconds(current.modifiedAt) > unmodifiedSince) return 'failed'

  if (headers['if-none-match'] !== undefined) return matches(headers['if-none-match'], current.etag, weak) ? 'not_modified' : 'proceed'
  const modifiedSince = parseDate(headers['if-modified-since'])
  return modifiedSince !== undefined && seconds(current.modifiedAt) <= modifiedSince ? 'not_modified' : 'proceed'
}

/** The same for a write (RFC 9110, 13.1.2 and 13.1.3): what it has is one to keep, and when that was changed counts only where it must not have been. */
export const mayReplace = (headers: IncomingHttpHeaders, current: Validators): boolean =>
  evaluatePreconditions({ ...headers, 'if-modified-since': undefined }, current) === 'proceed'

/** Whether the bytes that are there must still be there when they are replaced: `If-Match: *` takes any. */
export const guardsBytes = ({ 'if-match': ifMatch, ...others }: IncomingHttpHeaders): boolean =>
  ifMatch === undefined ? others['if-none-match'] !== undefined || others['if-unmodified-since'] !== undefined : ifMatch.trim() !== '*'

/** Whether a range may be answered: what the client has a part of is still what there is (RFC 9110, 13.1.5). */
export function rangeIsCurrent({ 'if-range': ifRange }: IncomingHttpHeaders, current: Validators): boolean {
  if (typeof ifRange !== 'string') return ifRange === undefined
  if (/^(W\/)?"/.test(ifRange)) return ifRange === current.etag
  return parseDate(ifRange) === seconds(current.modifiedAt)
}

type Comparison = (listed: string, etag: string) => boolean
const strong: Comparison = (listed, etag) => listed === etag
const weak: Comparison = (listed, etag) => listed.replace(/^W\//, '') === etag

function matches(header: string, etag: string, compare: Comparison): boolean {
  if (header.trim() === '*') return true
  return (header.match(/(W\/)?"[^"]*"/g) ?? []).some((listed) => compare(listed, etag))
}

const seconds = (ms: number) => Math.floor(ms / 1000)

function parseDate(header: string | undefined): number | undefined {
  const ms = Date.parse(header ?? '')
  return Number.isNaN(ms) ? undefined : seconds(ms)
}
