import assert from 'node:assert/strict'

export interface ReadEvent {
  readonly id: string
  readonly type: string | undefined
  readonly data: string
}

export type Listening = ReturnType<typeof readEvents>

/** A plain client of a stream of events: fields of lines, events by empty lines. */
export function readEvents(answer: Response) {
  const chunks = (answer.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())
  const reader = chunks.getReader()
  let rest = ''
  const next = async (): Promise<ReadEvent | undefined> => {
    for (;;) {
      const at = rest.indexOf('\n\n')
      if (at >= 0) {
        const event = toEvent(rest.slice(0, at))
        rest = rest.slice(at + 2)
        if (event !== undefined) return event
        continue
      }
      const { done, value } = await reader.read()
      if (done) return undefined
      rest += value
    }
  }
  return {
    headers: answer.headers,
    next,
    take: async (count: number) => {
      const events: ReadEvent[] = []
      while (events.length < count) events.push((await next()) ?? assert.fail('the stream ended'))
      return events
    },
    /** The ids of the events up to this one. */
    until: async (id: string) => {
      const ids: string[] = []
      while (ids.at(-1) !== id) ids.push((await next())?.id ?? assert.fail('the stream ended'))
      return ids
    },
    ended: async () => assert.equal(await next(), undefined),
    close: () => void reader.cancel().catch(() => undefined),
  }
}

function toEvent(text: string): ReadEvent | undefined {
  const fields = text.split('\n').map((line) => /^([a-z]*): ?(.*)$/s.exec(line) ?? [])
  const valuesOf = (name: string) => fields.filter(([, given]) => given === name).map(([, , value = '']) => value)
  if (valuesOf('data').length === 0) return undefined
  return { id: valuesOf('id')[0] ?? '', type: valuesOf('event')[0], data: valuesOf('data').join('\n') }
}
