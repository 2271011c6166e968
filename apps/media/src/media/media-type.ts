import { fileTypeFromBuffer, supportedMimeTypes } from 'file-type'
import { Failure } from '../kernel/failure.ts'

export const kinds = ['image', 'video', 'audio', 'document', 'spreadsheet', 'presentation', 'text', 'archive', 'other'] as const
export type Kind = (typeof kinds)[number]

export interface SniffedType {
  readonly mediaType: string
  readonly kind: Kind
}

/** How many bytes at the beginning of the content are looked at. */
export const sniffBytes = 4096

const undeclared = new Set(['', 'application/octet-stream', 'binary/octet-stream', 'application/x-www-form-urlencoded'])

const kindOfType = new Map<string, Kind>([
  ['application/pdf', 'document'],
  ['application/msword', 'document'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'document'],
  ['application/vnd.oasis.opendocument.text', 'document'],
  ['application/rtf', 'document'],
  ['application/epub+zip', 'document'],
  ['application/postscript', 'document'],
  ['application/vnd.ms-excel', 'spreadsheet'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'spreadsheet'],
  ['application/vnd.oasis.opendocument.spreadsheet', 'spreadsheet'],
  ['application/vnd.ms-powerpoint', 'presentation'],
  ['application/vnd.openxmlformats-officedocument.presentationml.presentation', 'presentation'],
  ['application/vnd.oasis.opendocument.presentation', 'presentation'],
  ['application/zip', 'archive'],
  ['application/gzip', 'archive'],
  ['application/x-tar', 'archive'],
  ['application/x-7z-compressed', 'archive'],
  ['application/x-bzip2', 'archive'],
  ['application/x-xz', 'archive'],
  ['application/zstd', 'archive'],
  ['application/vnd.rar', 'archive'],
  ['application/x-rar-compressed', 'archive'],
  ['application/json', 'text'],
  ['application/xml', 'text'],
  ['application/javascript', 'text'],
  ['application/yaml', 'text'],
])

/** Containers whose first bytes do not tell what is inside: the declared type names it. */
const containers = new Map<string, RegExp>([
  ['application/zip', /zip|^application\/(vnd\.|epub|java-archive|x-)/],
  ['application/x-cfb', /^application\/(msword|vnd\.ms-|x-)/],
  ['application/xml', /xml|^text\//],
  ['application/gzip', /gzip|tar|^application\/x-/],
  ['video/mp4', /^(video|audio)\//],
  ['video/quicktime', /^(video|audio|image)\//],
  ['video/x-matroska', /^(video|audio)\//],
  ['video/webm', /^(video|audio)\//],
  ['audio/ogg', /^(video|audio|application)\/ogg|^audio\/opus/],
  ['video/ogg', /^(video|audio|application)\/ogg/],
  ['image/tiff', /^image\//],
  ['image/heic', /^image\//],
])

/** One format under several names. */
const canonical = new Map<string, string>([
  ['image/jpg', 'image/jpeg'],
  ['image/pjpeg', 'image/jpeg'],
  ['image/x-png', 'image/png'],
  ['image/apng', 'image/png'],
  ['audio/x-wav', 'audio/wav'],
  ['audio/wave', 'audio/wav'],
  ['audio/vnd.wave', 'audio/wav'],
  ['audio/mp3', 'audio/mpeg'],
  ['audio/x-flac', 'audio/flac'],
  ['application/x-zip-compressed', 'application/zip'],
  ['application/x-gzip', 'application/gzip'],
  ['application/x-rar-compressed', 'application/vnd.rar'],
  ['text/xml', 'application/xml'],
  ['text/javascript', 'application/javascript'],
  ['text/rtf', 'application/rtf'],
  ['image/x-icon', 'image/vnd.microsoft.icon'],
  ['video/avi', 'video/vnd.avi'],
  ['video/x-msvideo', 'video/vnd.avi'],
])

const recognisable: ReadonlySet<string> = new Set([...supportedMimeTypes].map(canonicalType))

/** The media type without parameters, lower case. */
function canonicalType(declared: string): string {
  const essence = (declared.split(';', 1)[0] ?? '').trim().toLowerCase()
  return canonical.get(essence) ?? essence
}

/**
 * What the content is, from its first bytes (at most `sniffBytes`), and from what the sender says where that does not contradict them.
 * Throws `file.type_mismatch` where it does: only for a declared type that has a signature of its own, or for text that is none.
 */
export async function sniffType(head: Uint8Array, declared: string | undefined): Promise<SniffedType> {
  const said = canonicalType(declared ?? '')
  const seen = await look(head)
  const mediaType = undeclared.has(said) || !wellFormed.test(said) ? seen.mediaType : agree(said, seen, head.length === 0)
  return { mediaType, kind: kindOf(mediaType) }
}

const wellFormed = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/

interface Sight {
  readonly mediaType: string
  readonly text: boolean
}

async function look(head: Uint8Array): Promise<Sight> {
  const found = await fileTypeFromBuffer(head).catch(() => undefined)
  if (found !== undefined) return { mediaType: canonicalType(found.mime), text: isText(head) }
  return isText(head) && head.length > 0
    ? { mediaType: 'text/plain', text: true }
    : { mediaType: 'application/octet-stream', text: isText(head) }
}

function agree(said: string, seen: Sight, empty: boolean): string {
  if (empty || said === seen.mediaType) return said
  if (containers.get(seen.mediaType)?.test(said)) return said
  if (isTextType(said)) {
    if (seen.text) return said
    throw mismatch(said, seen.mediaType)
  }
  // A signature that was not found, or another one: only where the declared type is known to have one.
  if (recognisable.has(said)) throw mismatch(said, seen.mediaType)
  return said
}

const isTextType = (type: string) => type.startsWith('text/') || kindOf(type) === 'text' || /\+(xml|json)$/.test(type)

function mismatch(said: string, seen: string): Failure {
  return new Failure('unsupported_type', 'file.type_mismatch', `the content is not ${said}`, { extra: { declared: said, sniffed: seen } })
}

/** UTF-8 or any single-byte text has no NUL; UTF-16 says so with its mark. */
function isText(head: Uint8Array): boolean {
  const [first, second] = head
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  return marked || !head.includes(0)
}

function kindOf(mediaType: string): Kind {
  const known = kindOfType.get(mediaType)
  if (known !== undefined) return known
  if (/\+json$|\+yaml$/.test(mediaType)) return 'text'
  const family = mediaType.split('/', 1)[0]
  return family === 'image' || family === 'video' || family === 'audio' || family === 'text' ? family : 'other'
}
