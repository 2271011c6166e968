import { redactText } from './secret-patterns.ts'

export interface Scrubber {
  /** From now on this very value is cut out as well, also URL-encoded or in Base64. Throws a RangeError below 6 characters. */
  add(secret: string): void
  /** A text without secrets. */
  text(text: string): string
  /** A line that is one JSON object, with its secrets cut out and still one JSON object. Another text is treated as text. */
  line(line: string): string
}

const redacted = '[redacted]'

/** What every pattern of a secret holds: a line, or a text, without any of these is not looked at more closely. */
const suspicious =
  /:\/\/[^\s"]{0,770}@|hf[a-z]?_|eyJ|sig[^a-z]|token|secret|pass(?:w|phrase|code)|pwd|authorization|cookie|bearer|basic|sharedkey|negotiate|(?:api|access|account|private|signing|encryption|sas)[-_ ]?key|signature|credential|connection[-_]?string/i

/** Members whose whole value goes, whatever it looks like. Compared without case, `-` and `_`. */
const secretMember =
  /(?:passwords?|passwordhash|passwd|passphrase|passcode|pwd|secrets?|tokens?|apikeys?|accesskey|accountkey|privatekey|signingkey|encryptionkey|authorization|cookies?|credentials?|signature|sharedaccesssignature|connectionstring|saskey)$|^sig$/

/** Cuts out tokens, signatures, passwords and keys, whether they stand in a member, a URL, a header or free text, and the values given. */
export function createScrubber(secrets: Iterable<string> = []): Scrubber {
  const known = new Set<string>()
  let knownPattern: RegExp | undefined
  let knownInJson: RegExp | undefined

  const text = (value: string): string => {
    const unknown = knownPattern === undefined ? value : value.replace(knownPattern, redacted)
    return suspicious.test(unknown) ? redactText(unknown) : unknown
  }

  const add = (secret: string): void => {
    if (secret.length < 6) throw new RangeError('a secret of fewer than 6 characters cannot be told from ordinary text')
    for (const form of formsOf(secret)) known.add(form)
    knownPattern = anyOf(known)
    knownInJson = anyOf([...known].map((form) => JSON.stringify(form).slice(1, -1)))
  }
  for (const secret of secrets) add(secret)

  return {
    add,
    text,
    line(line) {
      if (!suspicious.test(line) && !isFound(knownInJson, line)) return line
      const parsed = parse(line)
      return parsed === undefined ? text(line) : `${JSON.stringify(scrubValue(parsed, text))}${line.endsWith('\n') ? '\n' : ''}`
    },
  }
}

function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64')
  return [secret, encodeURIComponent(secret), base64, base64.replace(/=+$/, ''), Buffer.from(secret).toString('base64url')]
}

/** The longest first, so that a secret that begins like another one goes whole. */
function anyOf(values: Iterable<string>): RegExp {
  const longestFirst = [...values].toSorted((a, b) => b.length - a.length)
  return new RegExp(longestFirst.map((value) => value.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g')
}

function isFound(pattern: RegExp | undefined, line: string): boolean {
  return pattern !== undefined && line.search(pattern) !== -1
}

function parse(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function scrubValue(value: unknown, text: (value: string) => string): unknown {
  if (typeof value === 'string') return text(value)
  if (Array.isArray(value)) return value.map((item) => scrubValue(item, text))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [text(name), scrubMember(name, member, text)]))
}

function scrubMember(name: string, member: unknown, text: (value: string) => string): unknown {
  const isSecret = secretMember.test(name.replaceAll(/[-_\s]/g, '').toLowerCase())
  if (isSecret && member !== null && typeof member !== 'boolean') return redacted
  return scrubValue(member, text)
}
