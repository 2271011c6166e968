import type { OutgoingHttpHeaders } from 'node:http'

/** A request that must be refused. */
export interface BadRequest {
  readonly what: string
  readonly method: string
  readonly path: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: Uint8Array | undefined
  /** Of the answer, where only one is right. */
  readonly status?: number
}

/** Names that no entry may have: outside of its folder, without form, or other than they look. */
export const hostileNames: Readonly<Record<string, string>> = {
  'of a parent': '../outside',
  'of a path': 'a/b',
  'of a path of another system': 'a\\b',
  'with NUL': 'a\0.txt',
  'with a control character': 'bell\u0007',
  'with a line break': 'a\nb',
  'of the folder itself': '.',
  'of the folder above': '..',
  'of nothing': '',
  'of blanks': '   ',
  'of 10 kB': 'n'.repeat(10_000),
  'that turns its direction': 'gpj.\u202Eexe.jpg',
  'with half a character': 'half\uD800',
}
