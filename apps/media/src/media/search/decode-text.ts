/**
 * The text that these first bytes of a file hold: UTF-16 where its mark says so, UTF-8 where they are, else Windows-1252, in which no byte is
 * wrong. A character that is cut off at the end is left out. Empty where they are no text after all.
 */
export function decodeText(bytes: Uint8Array): string {
  const text = decode(bytes)
  return text.includes('\0') ? '' : text.toWellFormed()
}

function decode(bytes: Uint8Array): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return inEncoding('utf-16le', bytes)
  if (first === 0xfe && second === 0xff) return inEncoding('utf-16be', bytes)
  try {
    return inEncoding('utf-8', bytes, true)
  } catch {
    return inEncoding('windows-1252', bytes)
  }
}

/** `stream`: more may follow, so that half a character at the end is no error. */
const inEncoding = (encoding: string, bytes: Uint8Array, fatal = false): string =>
  new TextDecoder(encoding, { fatal }).decode(bytes, { stream: true })
