import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../faults/random.ts'
import { json, type Reply, type Request, send } from '../service/send.ts'
import type { Report } from './findings.ts'
import type { Answered, ExpectedRows, Ledger } from './ledger.ts'
import type { Pool } from './pool.ts'

export interface Change {
  readonly method: string
  readonly path: string
  readonly contentType?: string
  readonly body?: () => Uint8Array
  /** Before: the same request, whose connection is cut after so many bytes of its body. */
  readonly cutAfterBytes?: number
}

export interface Tally {
  operations: number
  /** Requests that were sent again because their connection was cut, refused, or their answer was not definite. */
  retries: number
  replays: number
  /** Equal requests that were sent to two processes at once. */
  twins: number
  cuts: number
  /** How often a request was refused for the time being (503), by the code. */
  readonly refusals: Map<string, number>
}

/** One client: one user, one operation after the other, any process. */
export interface Session {
  readonly name: string
  readonly random: Random
  readonly ledger: Ledger
  readonly graceMs: number
  readonly report: Report
  readonly tally: Tally
  /** A name that nobody has used. */
  newName(extension: string): string
  /** Sends until there is a definite answer, under a key of its own, now and then twice at once. */
  change(change: Change): Promise<Answered>
  /** Sends the same again: it must have the same answer, and no effect. */
  replay(answered: Answered): Promise<void>
  get(path: string, headers?: Request['headers']): Promise<Reply>
  /** One attempt, whatever comes of it. Undefined where the connection failed. */
  attempt(request: Request): Promise<Reply | undefined>
  expectRows(answered: Pick<Answered, 'correlationId'>, rows: ExpectedRows): void
  unexpected(answered: Pick<Answered, 'method' | 'path' | 'correlationId' | 'reply'>): void
}

export interface SessionOptions extends Pick<Session, 'name' | 'random' | 'ledger' | 'graceMs' | 'report' | 'tally'> {
  readonly pool: Pick<Pool, 'url'>
  readonly credential: string
}

type Keyed = Pick<Answered, 'method' | 'path' | 'contentType' | 'body' | 'key'>

const definiteWithinMs = 90_000
const attemptTimeoutMs = 20_000
const twinProbability = 0.08
const keptAnswers = 400

export function openSession(options: SessionOptions): Session {
  const { pool, credential, name, random, ledger, report, tally } = options
  let sequence = 0
  const authorization = `Bearer ${credential}`

  const attempt = async (request: Request): Promise<Reply | undefined> => {
    const url = await pool.url(random)
    const headers = { authorization, ...request.headers }
    const reply = await send(url, { timeoutMs: attemptTimeoutMs, ...request, headers }).catch(() => undefined)
    if (reply !== undefined && reply.status >= 500) noteRefusal(options, request, reply)
    return reply
  }

  const definite = async (request: Request): Promise<Reply> => {
    const until = performance.now() + definiteWithinMs
    for (;;) {
      const reply = await attempt(request)
      if (reply !== undefined && isDefinite(reply)) return reply
      if (performance.now() > until) {
        report('answer.missing', `${request.method} ${request.path}: ${reply?.body.toString() ?? 'no answer'}`)
        throw new Error(`${name} has no definite answer and cannot go on`)
      }
      tally.retries++
      await pause(random.int(20, 120))
    }
  }

  const unexpected: Session['unexpected'] = ({ method, path, correlationId, reply }) => {
    report('answer.unexpected', `${method} ${path} (${correlationId}): ${reply.status} ${reply.body.toString().slice(0, 500)}`)
  }

  const keyed = ({ method, path, contentType, body, key }: Keyed, correlationId: string): Request => {
    const type = contentType === undefined ? {} : { 'content-type': contentType }
    return { method, path, headers: { 'idempotency-key': key, 'x-correlation-id': correlationId, ...type }, body: body() }
  }

  return {
    ...options,
    newName: (extension) => `${name}-${++sequence}.${extension}`,
    attempt,
    unexpected,
    get: (path, headers) => definite({ method: 'GET', path, headers }),
    expectRows: ({ correlationId }, rows) => void ledger.expected.set(correlationId, rows),

    async change({ method, path, contentType, body = () => undefined, cutAfterBytes }) {
      const key = `${name}-key-${++sequence}`
      const correlationId = `${name}-${sequence}`
      ledger.expected.set(correlationId, { exactly: [] })
      const request = { method, path, contentType, body, key }
      const sentAt = Date.now()
      if (cutAfterBytes !== undefined) {
        await attempt({ ...keyed(request, correlationId), cutAfterBytes })
        tally.cuts++
      }
      const isTwin = random.chance(twinProbability)
      const send = () => definite(keyed(request, correlationId))
      const [reply, twin] = await Promise.all([send(), isTwin ? send() : undefined])
      const answered = { ...request, correlationId, sentAt, answeredAt: Date.now(), reply }
      if (twin !== undefined) {
        tally.twins++
        if (isKept(answered) && isKept({ ...answered, reply: twin })) compare(answered, twin, report)
      }
      if (isKept(answered)) ledger.answers.push(answered)
      if (ledger.answers.length > keptAnswers) ledger.answers.splice(random.int(0, keptAnswers), 1)
      return answered
    },

    async replay(answered) {
      const correlationId = `${name}-again-${++sequence}`
      ledger.expected.set(correlationId, { exactly: [] })
      const reply = await definite(keyed(answered, correlationId))
      compare(answered, reply, report)
      if (reply.headers['idempotent-replayed'] !== 'true') report('answer.differs', `${answered.key}: a repeat that is not marked as one`)
      tally.replays++
    },
  }
}

/** Who cannot serve now says so in a problem with a code, and says 503. */
function noteRefusal({ tally, report }: SessionOptions, { method, path }: Request, reply: Reply): void {
  const isProblem = reply.headers['content-type']?.startsWith('application/problem+json') === true
  const code = isProblem ? json<{ code: string }>(reply).code : ''
  if (reply.status === 503 && code !== '') tally.refusals.set(code, (tally.refusals.get(code) ?? 0) + 1)
  else report('answer.unexpected', `${method} ${path}: ${reply.status} ${reply.body.toString().slice(0, 500)}`)
}

/** Whether it is known now what became of the request. */
function isDefinite({ status, ...reply }: Reply): boolean {
  if (status >= 500 || status === 408 || status === 429) return false
  return status !== 409 || !passing.has(json<{ code: string }>({ status, ...reply }).code)
}

/** Conflicts with another request, which end by themselves. */
const passing = new Set(['idempotency.in_progress', 'upload.superseded', 'file.changed', 'folder.changed'])

/**
 * A conflict of the route itself is not kept: it may be over when the same is sent again. Nor is what was answered to bytes that were
 * refused: they may not have been read to their end, so there is nothing to compare a repeat with.
 */
const isKept = ({ contentType, body, reply: { status } }: Answered): boolean =>
  status !== 409 && (status < 400 || body() === undefined || contentType === 'application/json')

function compare({ reply: first, key, correlationId }: Answered, again: Reply, report: Report): void {
  if (again.status === first.status && again.body.equals(first.body)) return
  const texts = [first, again].map(({ status, body }) => `${status} ${body.toString().slice(0, 300)}`)
  report('answer.differs', `${key} (${correlationId}): first ${texts.join(', then ')}`)
}
