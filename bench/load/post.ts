/** `post.ts PLAN`: sends small JSON bodies over several connections at once, and counts the answers within a time. */
import { randomUUID } from 'node:crypto'
import { forAWhile, type Timing } from './for-a-while.ts'
import { HttpConnection } from './http-connection.ts'

export interface PostPlan extends Timing {
  readonly url: string
  readonly connections: number
  /** How many Idempotency-Keys are used in turn: null for a new one each time, 0 for none. */
  readonly keys: number | null
}

const plan = JSON.parse(process.argv[2] ?? '') as PostPlan
const url = new URL(plan.url)
const body = JSON.stringify({ title: 'A note of the usual length, to be kept for ever' })
const head = `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n`
const run = randomUUID()

let sent = 0
let answered = 0
const send = async (connection: HttpConnection) => {
  const number = sent++
  const key = plan.keys === 0 ? '' : `idempotency-key: "${run}-${number % (plan.keys ?? Number.POSITIVE_INFINITY)}"\r\n`
  const { status } = await connection.request(`${head}${key}\r\n${body}`)
  if (status !== 201) throw new Error(`a POST was answered with ${status}`)
  answered++
}

const connections = Array.from({ length: plan.connections }, () => new HttpConnection(url))
console.log(JSON.stringify(await forAWhile(plan, connections, send, () => answered)))
