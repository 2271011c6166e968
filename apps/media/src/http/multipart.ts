import { Failure } from '../kernel/failure.ts'

/** One part of multipart/form-data (RFC 7578). Its bytes are read before the next part is asked for; what is left of them is skipped. */
export interface Part {
  readonly name: string
  readonly fileName: string | undefined
  readonly mediaType: string | undefined
  readonly bytes: AsyncIterable<Uint8Array>
}

const maxHeaderBytes = 8 * 1024
const headersEnd = Buffer.from('\r\n\r\n')

/** Parts in their order, as they arrive. Throws `request.body_malformed`, also where the body ends before its last boundary. */
export async function* readParts(body: AsyncIterable<Uint8Array>, contentType: string): AsyncGenerator<Part> {
  const delimiter = Buffer.from(`\r\n--${boundaryOf(contentType)}`)
  const reader = createReader(body)
  try {
    await skip(reader.until(delimiter))
    while (!(await reader.take('--'))) {
      const headers = parseHeaders(await readText(reader.until(headersEnd), maxHeaderBytes))
      let ended = false
      const bytes = async function* () {
        yield* reader.until(delimiter)
        ended = true
      }
      yield { ...headers, bytes: bytes() }
      if (!ended) await skip(reader.until(delimiter))
    }
    await reader.finish()
  } finally {
    await reader.close()
  }
}

/** The text of a field. Throws `request.body_malformed` where it is longer or no UTF-8. */
export async function readText(bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of bytes) {
    length += chunk.length
    if (length > maxBytes) throw malformed(`holds a field or a header longer than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks))
  } catch (error) {
    throw malformed('holds a field or a header that is no UTF-8', error)
  }
}

const malformed = (what: string, cause?: unknown) =>
  new Failure('invalid', 'request.body_malformed', `the multipart body ${what}`, { cause })

function boundaryOf(contentType: string): string {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ?? []
  const boundary = quoted ?? bare
  if (boundary === undefined) throw malformed('names no boundary')
  return boundary
}

/** Looks for delimiters in a stream without holding more of it than might be the beginning of one. */
function createReader(body: AsyncIterable<Uint8Array>) {
  const source = body[Symbol.asyncIterator]()
  // The first boundary has no line before it; seen with this one it is like the others.
  let held: Buffer = Buffer.from('\r\n')

  const fill = async () => {
    const next = await source.next()
    if (next.done === true) throw malformed('ends before its last boundary')
    const { value } = next
    held = held.length === 0 ? Buffer.from(value.buffer, value.byteOffset, value.length) : Buffer.concat([held, value])
  }

  /** Everything before the delimiter, which is taken too. */
  async function* until(delimiter: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = held.indexOf(delimiter)
      const end = at === -1 ? possibleStart(held, delimiter) : at
      const chunk = held.subarray(0, end)
      held = held.subarray(at === -1 ? end : end + delimiter.length)
      if (chunk.length > 0) yield chunk
      if (at !== -1) return
      await fill()
    }
  }

  /** Whether the text comes next; it is taken if so. */
  const take = async (text: string) => {
    while (held.length < text.length) await fill()
    const found = held.toString('latin1', 0, text.length) === text
    if (found) held = held.subarray(text.length)
    return found
  }

  const finish = async () => {
    while (!(await source.next()).done);
  }

  return { until, take, finish, close: async () => void (await source.return?.()) }
}

/** Where a delimiter that goes on in the next chunk could begin. */
function possibleStart(held: Buffer, delimiter: Buffer): number {
  const at = held.indexOf(delimiter[0] ?? 0, Math.max(0, held.length - delimiter.length + 1))
  return at === -1 ? held.length : at
}

async function skip(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of bytes);
}

function parseHeaders(block: string): Omit<Part, 'bytes'> {
  const headers = new Map<string, string>()
  for (const line of block.split('\r\n').filter((text) => text.trim() !== '')) {
    const colon = line.indexOf(':')
    if (colon === -1) throw malformed('holds a part with a header that is none')
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  const encoding = headers.get('content-transfer-encoding') ?? 'binary'
  if (!/^(7bit|8bit|binary)$/i.test(encoding)) throw malformed('holds a part with a Content-Transfer-Encoding')
  return { ...parseDisposition(headers.get('content-disposition') ?? ''), mediaType: headers.get('content-type') }
}

function parseDisposition(header: string): { name: string; fileName: string | undefined } {
  const parameters = new Map<string, string>()
  for (const [, key = '', quoted, bare = ''] of header.matchAll(/;\s*([\w*]+)=(?:"((?:[^"\\]|\\["\\]|\\(?!["\\]))*)"|([^\s;]*))/g)) {
    parameters.set(key.toLowerCase(), quoted?.replace(/\\(["\\])/g, '$1') ?? bare)
  }
  const name = parameters.get('name')
  if (!/^form-data\s*;/i.test(header) || name === undefined) throw malformed('holds a part without a name')
  return { name, fileName: decodeExtValue(parameters.get('filename*')) ?? parameters.get('filename') }
}

/** RFC 8187: not for this use, but sent by some. */
function decodeExtValue(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  try {
    return decodeURIComponent(value.replace(/^utf-8'[^']*'/i, ''))
  } catch (error) {
    throw malformed('holds a file name that cannot be decoded', error)
  }
}
