import { tell } from './tell.ts'

export interface Call {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON, or as it is where it is bytes or a form. */
  readonly body?: object
  /** What must be answered. */
  readonly status: number
  /** A few words on what it is for. */
  readonly note?: string
}

export interface Answer {
  readonly headers: Headers
  readonly bytes: Buffer
}

/** Calls the API, tells each call in one line, and throws where another status comes back than was promised. */
export type Caller = (method: string, path: string, call: Call) => Promise<Answer>

export function createCaller(url: string, token?: string): Caller {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return async (method, path, { headers, body, status, note = '' }) => {
    const response = await fetch(url + path, { method, ...encode(body, { ...authorization, ...headers }) })
    const bytes = Buffer.from(await response.arrayBuffer())
    tell.call(method, path, response.status, note)
    if (response.status !== status) throw new Error(`${method} ${path}: ${response.status} instead of ${status}\n${bytes.toString()}`)
    return { headers: response.headers, bytes }
  }
}

function encode(body: object | undefined, headers: Record<string, string>): RequestInit {
  if (body === undefined) return { headers }
  if (body instanceof FormData || body instanceof Blob) return { headers, body }
  return { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

export const json = <Body>({ bytes }: Answer): Body => JSON.parse(bytes.toString()) as Body
