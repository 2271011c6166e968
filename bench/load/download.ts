/** `download.ts PLAN`: fetches one URL over several connections at once, and counts the bytes that arrive within a time. */
import { forAWhile, type Timing } from './for-a-while.ts'
import { HttpConnection } from './http-connection.ts'

export interface DownloadPlan extends Timing {
  readonly url: string
  readonly connections: number
  readonly fileBytes: number
  readonly headers: Readonly<Record<string, string>>
}

const plan = JSON.parse(process.argv[2] ?? '') as DownloadPlan
const url = new URL(plan.url)
const headers = Object.entries({ host: url.host, ...plan.headers }).map(([name, value]) => `${name}: ${value}\r\n`)
const request = Buffer.from(`GET ${url.pathname} HTTP/1.1\r\n${headers.join('')}\r\n`)

const connections = Array.from({ length: plan.connections }, () => new HttpConnection(url))
const measured = await forAWhile(
  plan,
  connections,
  async (connection) => {
    const { status, bodyBytes } = await connection.request(request)
    if (status !== 200 || bodyBytes !== plan.fileBytes) throw new Error(`a download was answered with ${status}, ${bodyBytes} bytes`)
  },
  () => connections.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0),
)
console.log(JSON.stringify(measured))
