const redacted = '[redacted]'

const names = [
  '(?:[a-z0-9]+[-_.]?)*(?:password|passwd|passphrase|passcode|secret|token|api[-_]?key|access[-_]?key|account[-_]?key|private[-_]?key)',
  '(?:shared[-_]?access[-_]?)?signature',
  'connection[-_]?string',
  'credentials?',
  'authorization',
  'pwd',
  'sig',
].join('|')

// A value in quotes (also in the escaped quotes of JSON within JSON), or a bare one up to what can end it.
const value =
  /\\+"[\s\S]*?(?:\\+"|$)|\\+'[\s\S]*?(?:\\+'|$)|"(?:\\[\s\S]|[^"\\])*(?:"|$)|'(?:\\[\s\S]|[^'\\])*(?:'|$)|[^\s&,;"'<>(){}[\]\\]+/.source

/** In this order: what names its secret's whole extent comes before what guesses at it. */
const patterns: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g, redacted],
  // A header with its line: cookies hold several values, and schemes have parameters.
  [/((?:proxy-)?authorization|(?:set-)?cookie2?)(\s*[:=]\s*)(?!\[redacted\])([^\r\n"'\\]+)/gi, `$1$2${redacted}`],
  [new RegExp(`((?:proxy-)?authorization|(?:set-)?cookie2?)(\\\\*["']?\\s*[:=,]\\s*\\[?\\s*)(?:${value})`, 'gi'), `$1$2${redacted}`],
  [/\b(bearer|basic|digest|sharedkey|sharedkeylite|negotiate)(\s+)(?!\[redacted\])[A-Za-z0-9._~+/:=-]{6,}/gi, `$1$2${redacted}`],
  [/\beyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)*/g, redacted],
  [/\bhf_[A-Za-z0-9_.~-]{4,}/g, redacted],
  // user:password@ (a password may hold any character but white space), or a token alone before the @.
  [/(:\/\/)(?:([^\s/?#"@:]*):[^\s"]{0,512}@|[^\s/?#"@:]{1,512}@)/g, `$1$2:${redacted}@`],
  [new RegExp(`\\b(${names})(\\\\*["']?\\s*(?:=>|[:=]|%3[Dd])\\s*)(?!\\[redacted\\])(?:${value})`, 'gi'), `$1$2${redacted}`],
]

/** The text without what looks like a secret. The same text comes back when nothing does. */
export function redactText(text: string): string {
  let clean = text
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement)
  return clean
}
