import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'

export interface Listeners {
  /** When updates of this file came, on the clock of `performance.now`; one for each, from whichever connection. */
  arrivals(fileId: string): readonly number[]
  /** Connections that have not ended. */
  open(): number
  close(): void
}

/** That many connections to the hub, each with the same token. */
export async function listenAll(events: { url: string; topics: readonly string[]; token: string }, count: number): Promise<Listeners> {
  const seen = new Map<string, number[]>()
  const query = new URLSearchParams(events.topics.map((topic): [string, string] => ['match_urlpattern', topic]))
  const requests: ClientRequest[] = []
  let ended = 0
  for (let number = 0; number < count; number++) {
    const asked = request(`${events.url}?${query.toString()}`, { agent: false, headers: { authorization: `Bearer ${events.token}` } })
    asked.end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    if (answer.statusCode !== 200) throw new Error(`the hub answered ${answer.statusCode}`)
    follow(answer, (id) => seen.set(id, [...(seen.get(id) ?? []), performance.now()]))
    answer.on('error', () => undefined).on('close', () => ended++)
    requests.push(asked)
  }
  return {
    arrivals: (fileId) => seen.get(fileId) ?? [],
    open: () => count - ended,
    close: () => {
      for (const one of requests) one.destroy()
    },
  }
}

function follow(answer: IncomingMessage, onFile: (fileId: string) => void): void {
  let rest = ''
  answer.setEncoding('utf8').on('data', (chunk: string) => {
    const events = (rest + chunk).split('\n\n')
    rest = events.pop() ?? ''
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1]
      if (data !== undefined) onFile((JSON.parse(data) as { id: string }).id)
    }
  })
}
