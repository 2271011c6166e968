import { randomUUID } from 'node:crypto'
import { Failure } from '../kernel/failure.ts'
import { maxMatchers } from './protocol.ts'
import { isPlainText, maxTopicLength } from './topic-matcher.ts'
import type { Update } from './update.ts'

/** The fields of a request to publish, each as it was given. */
export interface Publication {
  readonly topic: readonly string[]
  readonly data?: string | undefined
  /** Whatever it holds. */
  readonly private?: string | undefined
  readonly id?: string | undefined
  readonly type?: string | undefined
  readonly retry?: string | undefined
}

const maxDataBytes = 65_535
const maxNameLength = 255
const maxRetryDigits = 10

/**
 * Reads what somebody wants published to the hub at `hubUrl`, and gives it an id where it has none. What lies below that URL is the hub's own.
 * Throws `live.invalid_update`, `live.update_too_large`.
 */
export function parsePublication({ topic: topics, data = '', id, type, retry, ...rest }: Publication, hubUrl: string): Update {
  demandSmall({ topics, data, id, type, retry })
  if (topics.length === 0) throw invalid('names no topic')
  if (topics.some((topic) => topic === '*' || !isPlainText(topic))) throw invalid('has a topic that cannot be one')
  if (topics.some((topic) => isOfHub(topic, hubUrl))) throw invalid("has a topic that is the hub's own")
  if (id !== undefined && (!isPlainText(id) || id.startsWith('#') || id === 'earliest')) throw invalid('has an id that cannot be one')
  if (type === 'mercure' || (type && !isPlainText(type))) throw invalid('has a type that cannot be one')
  if (retry !== undefined && !/^\d+$/.test(retry)) throw invalid('has a reconnection time that is no number')
  return {
    id: id !== undefined && isHeaderText(id) ? id : `urn:uuid:${randomUUID()}`,
    topics,
    isPrivate: rest.private !== undefined,
    data,
    ...(type && { type }),
    ...(retry !== undefined && { retryMs: Number(retry) }),
  }
}

interface Sizes {
  readonly topics: readonly string[]
  readonly data: string
  readonly id: string | undefined
  readonly type: string | undefined
  readonly retry: string | undefined
}

function demandSmall({ topics, data, id = '', type = '', retry = '' }: Sizes): void {
  if (topics.length > maxMatchers) throw tooLarge(`names more than ${maxMatchers} topics`)
  if (topics.some(({ length }) => length > maxTopicLength)) throw tooLarge(`has a topic of more than ${maxTopicLength} characters`)
  if (Math.max(id.length, type.length) > maxNameLength) throw tooLarge(`has an id or a type of more than ${maxNameLength} characters`)
  if (Buffer.byteLength(data) > maxDataBytes) throw tooLarge(`has more than ${maxDataBytes} bytes of data`)
  if (retry.length > maxRetryDigits) throw tooLarge(`has a reconnection time of more than ${maxRetryDigits} digits`)
}

/** Whatever its scheme and host, and however its path is written. */
function isOfHub(topic: string, hubUrl: string): boolean {
  if (!URL.canParse(topic, hubUrl)) return false
  const path = withPlainCharacters(new URL(topic, hubUrl).pathname)
  const own = new URL(hubUrl).pathname
  return path === own || path.startsWith(`${own}/`)
}

/** What need not be percent-encoded is not (RFC 3986, 2.3); then dots are taken out once more. */
function withPlainCharacters(path: string): string {
  const decode = (octet: string) => {
    const character = decodeURIComponent(octet)
    return /[\w.~-]/.test(character) ? character : octet
  }
  const plain = path.replace(/%[0-7][\dA-Fa-f]/g, decode)
  return plain.startsWith('/') ? new URL(`http://hub${plain}`).pathname : plain
}

/** What goes through every header as it is. The protocol lets a hub choose an id of its own instead of another. */
const isHeaderText = (text: string): boolean => /^[!#-[\]-~]+$/.test(text)

const invalid = (reason: string) => new Failure('invalid', 'live.invalid_update', `the update ${reason}`)
const tooLarge = (reason: string) => new Failure('too_large', 'live.update_too_large', `the update ${reason}`)
