import { type CheckAnswer, createAnswerCheck } from '../../apps/media/src/http/test-answers.ts'
import { describeApi } from '../../apps/media/src/main/describe-api.ts'
import { json, type Reply, type Request, send } from './send.ts'

export interface Problem {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly correlationId: string
}

let check: Promise<CheckAnswer> | undefined

/** Somebody who asks: sends under one credential to one process. Rejects where an answer is not as documented. */
export interface Client {
  send(request: Request): Promise<Reply>
  get(path: string, headers?: Request['headers']): Promise<Reply>
  /** JSON in the body, where one is given. */
  ask(method: string, path: string, body?: unknown, headers?: Request['headers']): Promise<Reply>
  upload(name: string, bytes: Uint8Array, headers?: Request['headers']): Promise<Reply>
}

export function createClient(url: string, credential?: string): Client {
  const authorization = credential === undefined ? {} : { authorization: `Bearer ${credential}` }
  const sendAs = async (request: Request) => {
    const reply = await send(url, { ...request, headers: { ...authorization, ...request.headers } })
    check ??= describeApi().then(createAnswerCheck)
    const checkAnswer = await check
    checkAnswer({ method: request.method, url: request.path, ...reply })
    return reply
  }
  return {
    send: sendAs,
    get: (path, headers) => sendAs({ method: 'GET', path, headers }),
    ask: (method, path, body, headers) =>
      sendAs({
        method,
        path,
        headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        body: body === undefined ? undefined : Buffer.from(JSON.stringify(body)),
      }),
    upload: (name, body, headers) => sendAs({ method: 'POST', path: `/v1/files?name=${encodeURIComponent(name)}`, body, headers }),
  }
}

/** The answer's JSON, where it is the answer that was hoped for. */
export function expectJson<Body>(reply: Reply, status: number): Body {
  if (reply.status !== status) throw new Error(`${reply.status} instead of ${status}: ${reply.body.toString()}`)
  return json<Body>(reply)
}
