import { Failure } from '../../kernel/failure.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface Request {
  readonly body?: unknown
  /** Lines of a bulk, instead of a body. */
  readonly lines?: string
  readonly timeoutMs?: number
}

/** Speaks to one Elasticsearch, or to what balances the nodes of a cluster. */
export interface ElasticClient {
  /** Begins every name of ours there. */
  readonly prefix: string
  /** Throws `search.unavailable` where nothing comes back in time, or 429 or 5xx. Every other status is the caller's to judge. */
  request(method: string, path: string, request?: Request): Promise<Answer>
}

/** `http(s)://[USER:PASSWORD@]HOST:PORT[/PREFIX]`: the prefix is `holdfast` where left out. */
export function createElasticClient(address: string, askMs: number): ElasticClient {
  const { origin, username, password, pathname } = new URL(address)
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const authorization = username === '' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
  return {
    prefix: pathname.replaceAll('/', '') || 'holdfast',
    async request(method, path, { body, lines, timeoutMs = askMs } = {}) {
      const answer = await send(new URL(path, origin), {
        method,
        headers: { ...authorization, 'content-type': lines === undefined ? 'application/json' : 'application/x-ndjson' },
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
        ...((lines ?? body) !== undefined && { body: lines ?? JSON.stringify(body) }),
      })
      if (answer.status === 429 || answer.status >= 500) throw unavailable(`it answered ${answer.status}`)
      return answer
    },
  }
}

async function send(url: URL, request: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(url, request)
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  } catch (error) {
    throw unavailable('it does not answer', error)
  }
}

export const unavailable = (detail: string, cause?: unknown) =>
  new Failure('unavailable', 'search.unavailable', `the search index is not there: ${detail}`, { cause, retryAfterSeconds: 5 })
