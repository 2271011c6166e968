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

/** The first that fits tells the kind; where none does, the family before the slash. */
const kindPatterns: readonly (readonly [RegExp, Kind])[] = [
  [/^application\/(pdf|rtf|epub\+zip|postscript|eps)$|msword|ms-word|wordprocessingml|opendocument\.text/, 'document'],
  [/ms-excel|spreadsheet/, 'spreadsheet'],
  [/powerpoint|presentation/, 'presentation'],
  [/^application\/(zip|gzip|zstd|vnd\.rar|java-archive|vnd\.ms-cab-compressed)$/, 'archive'],
  [/^application\/x-(tar|7z-compressed|bzip2|xz|compress|lzip|lz4|lzh-compressed|arj|cpio|ace-compressed)$/, 'archive'],
  [/^application\/(json|x-ndjson|xml|javascript|yaml|x-yaml|toml|sql)$|\+(json|yaml)$/, 'text'],
]

/** Formats whose first bytes leave open what exactly they are: what is seen, and what may be said of it. */
const families: readonly { readonly seen: RegExp; readonly said: RegExp }[] = [
  { seen: /^application\/zip$/, said: /zip|^application\/(vnd\.|java-archive|x-)/ },
  { seen: /^application\/x-cfb$/, said: /^application\/(msword|vnd\.ms-|x-)/ },
  { seen: /^application\/xml$/, said: /xml|^text\// },
  { seen: /^application\/gzip$/, said: /gzip|tar|^application\/x-/ },
  {
    seen: /^(video\/(mp4|quicktime|3gpp2?|x-m4v)|audio\/(mp4|x-m4a))$/,
    said: /^(video\/(mp4|quicktime|3gpp2?|x-m4v)|audio\/(mp4|x-m4a|m4a|aac))$/,
  },
  { seen: /^video\/(matroska|webm)$/, said: /^(video|audio)\/(x-)?(matroska|webm)$/ },
  { seen: /^(video|audio|application)\/ogg$/, said: /^(video|audio|application)\/ogg$|^audio\/(opus|vorbis|speex)$/ },
  { seen: /^((video|audio)\/x-ms-asf|application\/vnd\.ms-asf)$/, said: /^(video|audio)\/x-ms-|^application\/vnd\.ms-asf$/ },
  { seen: /^image\/(hei[cf](-sequence)?|avif)$|^video\/quicktime$/, said: /^image\/(hei[cf](-sequence)?|avif)$/ },
  { seen: /^image\/tiff$/, said: /^image\/x-/ },
]

/** A zip that says more of itself. */
const insideZip =
  /openxmlformats|opendocument|ms-(excel|word|powerpoint)|^application\/(epub\+zip|java-archive|vnd\.android\.package-archive)$/

/** Formats with a signature that are written as text. */
const writtenAsText = /^application\/(rtf|postscript|eps|pgp-encrypted)$/

/** Others that may hold no byte that texts do not have, yet begin as no text does. Any other signature of a text is its first words. */
const unlikeText = /^application\/(pdf|x-bzip2|zstd)$/

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
  ['video/x-matroska', 'video/matroska'],
])

const recognisable: ReadonlySet<string> = new Set([...supportedMimeTypes].map(canonicalType))

/** The media type without parameters, lower case. */
function canonicalType(declared: string): string {
  const essence = (declared.split(';', 1)[0] ?? '').trim().toLowerCase()
  return canonical.get(essence) ?? essence
}

/**
 * What the content is, from its first bytes (at most `sniffBytes`), under the name that the sender gives it where they go together. The kind
 * is that of the content. Throws `file.type_mismatch` where the content is something else than a declared type that has a signature.
 */
export async function sniffType(head: Uint8Array, declared: string | undefined): Promise<SniffedType> {
  const said = canonicalType(declared ?? '')
  const seen = await look(head)
  if (undeclared.has(said) || !wellFormed.test(said)) return typed(seen.mediaType)
  return head.length === 0 ? { mediaType: said, kind: isTextType(said) ? 'text' : 'other' } : agree(said, seen)
}

const wellFormed = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/

interface Sight {
  readonly mediaType: string
  /** A signature was found. */
  readonly signed: boolean
  readonly mayBeText: boolean
}

async function look(head: Uint8Array): Promise<Sight> {
  const found = await fileTypeFromBuffer(head).catch(() => undefined)
  const seen = found === undefined ? tiffOf(head) : canonicalType(found.mime)
  const text = head.length > 0 && looksLikeText(head)
  const mayBeText = text || mayBeSomeText(head)
  if (seen !== undefined && (!text || isWrittenAsText(seen) || unlikeText.test(seen))) return { mediaType: seen, signed: true, mayBeText }
  return { mediaType: text ? 'text/plain' : 'application/octet-stream', signed: false, mayBeText }
}

/** What tells more of a TIFF, as whether it is a camera's raw picture, may stand at its end. */
const tiffOf = (head: Uint8Array) =>
  ['49492a00', '4d4d002a'].includes(Buffer.from(head.subarray(0, 4)).toString('hex')) ? 'image/tiff' : undefined

function agree(said: string, seen: Sight): SniffedType {
  if (said === seen.mediaType || isOneFamily(said, seen.mediaType)) return typed(said)
  if (isTextType(said)) return agreeOnText(said, seen)
  const content = typed(seen.mediaType)
  if (said === 'application/zip' && insideZip.test(seen.mediaType)) return content
  if (recognisable.has(said)) throw mismatch(said, seen.mediaType)
  const known = namedKind(said)
  if (!seen.signed || known === undefined) return { mediaType: said, kind: content.kind }
  // An older name of the same thing, as when a workbook of today is called by the type of yesterday's.
  if (known === content.kind) return content
  throw mismatch(said, seen.mediaType)
}

const isOneFamily = (said: string, mediaType: string) => families.some((family) => family.seen.test(mediaType) && family.said.test(said))

function agreeOnText(said: string, seen: Sight): SniffedType {
  if (!seen.mayBeText || (seen.signed && !isWrittenAsText(seen.mediaType))) throw mismatch(said, seen.mediaType)
  const kind = kindOf(said)
  return { mediaType: said, kind: kind === 'other' ? 'text' : kind }
}

const isWrittenAsText = (type: string) => isTextType(type) || writtenAsText.test(type)

const isTextType = (type: string) => type.startsWith('text/') || kindOf(type) === 'text' || /\+(xml|json)$/.test(type)

function mismatch(said: string, seen: string): Failure {
  return new Failure('unsupported_type', 'file.type_mismatch', `the content is not ${said}`, { extra: { declared: said, sniffed: seen } })
}

/** UTF-16 that says so with its mark, or no byte that texts do not have (https://mimesniff.spec.whatwg.org/#binary-data-byte). */
const looksLikeText = (head: Uint8Array) => isMarkedUtf16(head) || !head.some((byte) => binaryBytes.has(byte))

/** For what is declared to be a text: old encodings and terminal logs have all sorts of bytes, but no NUL. */
const mayBeSomeText = (head: Uint8Array) => isMarkedUtf16(head) || !head.includes(0)

const binaryBytes = new Set([...Array(32).keys()].filter((byte) => ![0x09, 0x0a, 0x0c, 0x0d, 0x1b].includes(byte)))

const isMarkedUtf16 = ([first, second]: Uint8Array) => (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)

const typed = (mediaType: string): SniffedType => ({ mediaType, kind: kindOf(mediaType) })

function kindOf(mediaType: string): Kind {
  const named = namedKind(mediaType)
  if (named !== undefined) return named
  const family = mediaType.split('/', 1)[0]
  return family === 'image' || family === 'video' || family === 'audio' || family === 'text' ? family : 'other'
}

const namedKind = (mediaType: string): Kind | undefined => kindPatterns.find(([pattern]) => pattern.test(mediaType))?.[1]
