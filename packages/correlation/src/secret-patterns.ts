const redacted = '[redacted]'

// Without what stands before them: JWT_SECRET, newPassword and x-api-key are found by their ends.
const names = [
  '(?:pass(?:word|wd|phrase|code)|secret|token)(?:s|[-_]?(?:hash|value|key))?',
  '(?:api|access|account|private|signing|encryption|sas)[-_]?key',
  'signature',
  'connection[-_]?string',
  'credentials?',
  '(?:(?<![a-z0-9])|(?<=%[0-9a-f]{2}))(?:pwd|sig)',
].join('|')

const headers = '(?:proxy-)?authorization|(?:set-)?cookie2?'

// In quotes, also in the escaped ones of JSON within JSON; an object or a list; or bare up to what can end it. What is not closed ends
// with the text.
const value = [
  String.raw`(?<quote>\\+["'])[\s\S]*?(?:(?<!\\)\k<quote>|$)`,
  String.raw`"(?:\\[\s\S]|[^"\\])*(?:"|\\?$)`,
  String.raw`'(?:\\[\s\S]|[^'\\])*(?:'|\\?$)`,
  String.raw`[{[][^{}[\]]*[}\]]?`,
  String.raw`[^\s&,;"'<>(){}[\]\\]+`,
].join('|')

/**
 * In this order: what names its secret's whole extent comes before what guesses at it. Every repetition is bounded, or consumes what
 * it has looked at, so that a hostile text costs no more than its length.
 */
const patterns: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g, redacted],
  // A header takes its line along: cookies are several values, and schemes have parameters.
  [
    new RegExp(String.raw`(${headers})(\s{0,9}[:=]\s{0,9})(?!\[redacted\])[^\s"'\\[][^\r\n\\]*(?:\\+[^\\rn][^\r\n\\]*)*`, 'gi'),
    `$1$2${redacted}`,
  ],
  [new RegExp(String.raw`(${headers})(\\*["']?\s{0,9}[:=,]\s{0,9})(?!\[redacted\])(?:${value})`, 'gi'), `$1$2${redacted}`],
  // In free text the word must be followed by what no word looks like.
  [
    /\b([Bb]earer|BEARER|[Bb]asic|BASIC|SharedKey(?:Lite)?|Negotiate)(\s{1,9})(?=\S{0,40}[0-9A-Z=])[A-Za-z0-9._~+/:=-]{6,}/g,
    `$1$2${redacted}`,
  ],
  [/(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)*/g, redacted],
  [/(?<![A-Za-z0-9])hf[a-z]?_[A-Za-z0-9_.~-]{4,}/g, redacted],
  // user:password@, where the password may hold anything but white space, or a token alone before the @.
  [/(:\/\/)(?:([^\s/?#"@:]{0,256}):[^\s"]{0,512}@|[^\s/?#"@:]{1,512}@)/g, `$1$2:${redacted}@`],
  [new RegExp(String.raw`(${names})(\\*["']?\s{0,9}(?:=>|[:=]|%3d)\s{0,9})(?!\[redacted\])(?:${value})`, 'gi'), `$1$2${redacted}`],
]

/** The text without what looks like a secret. The same text comes back when nothing does. */
export function redactText(text: string): string {
  let clean = text
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement)
  return clean
}
