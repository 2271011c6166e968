import { Failure } from '../kernel/failure.ts'
import type { App } from './app.ts'

/** Takes `application/x-www-form-urlencoded` and nothing else: each field is a text, those that may be repeated a list of texts. */
export function takeForm(app: App, repeated: readonly string[]): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    toFields(parseForm(body), repeated),
  )
}

/** One that is given more than once, and may not be, is a list all the same: a schema refuses it. */
function toFields(form: readonly (readonly [string, string])[], repeated: readonly string[]): Record<string, unknown> {
  const lists = Map.groupBy(form, ([name]) => name)
  const fields = [...lists].map(([name, pairs]) => {
    const values = pairs.map(([, value]) => value)
    return [name, values.length > 1 || repeated.includes(name) ? values : values[0]] as const
  })
  return Object.fromEntries(fields)
}

/** As the URL standard parses it, but for what is not UTF-8: that is refused, not replaced. */
function parseForm(body: Buffer): [string, string][] {
  const pairs = body.toString('latin1').split('&')
  return pairs
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(pair) ?? []
      return [decode(name), decode(value)]
    })
}

function decode(text: string): string {
  const octets = text.replaceAll('+', ' ').replace(/%([\dA-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(octets, 'latin1'))
  } catch (cause) {
    throw new Failure('invalid', 'request.body_malformed', 'the body is not a form in UTF-8', { cause })
  }
}
