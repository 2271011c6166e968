/** `upload.ts PLAN`: sends bodies over several connections at once, each connection one after another, until all are answered. */
import { randomFillSync } from 'node:crypto'
import { HttpConnection } from './http-connection.ts'
import { measure } from './measure.ts'

export interface UploadPlan {
  readonly url: string
  readonly serverPid: number
  readonly connections: number
  readonly uploadsPerConnection: number
  readonly fileBytes: number
  readonly form: boolean
  /** Nobody sends the second half of a raw body before everybody has sent the first: all uploads are under way at once. */
  readonly meetHalfway?: boolean
  readonly headers: Readonly<Record<string, string>>
}

const plan = JSON.parse(process.argv[2] ?? '') as UploadPlan
const url = new URL(plan.url)
const connections = Array.from({ length: plan.connections }, () => new HttpConnection(url))

let uploads = 0
await sendAll(1, sampleFile(1024 * 1024))
const file = sampleFile(plan.fileBytes)
const measured = await measure(plan.serverPid, async () => {
  await sendAll(plan.uploadsPerConnection, file)
  return plan.connections * plan.uploadsPerConnection * plan.fileBytes
})
for (const connection of connections) connection.close()
console.log(JSON.stringify(measured))

async function sendAll(times: number, bytes: Uint8Array): Promise<void> {
  const halfway = meeting(connections.length)
  await Promise.all(
    connections.map(async (connection) => {
      for (let sent = 0; sent < times; sent++) await send(connection, bytes, halfway)
    }),
  )
}

async function send(connection: HttpConnection, bytes: Uint8Array, halfway: () => Promise<void>): Promise<void> {
  const name = `sample-${uploads++}.bin`
  let rest = plan.form ? formRequest(name, bytes) : rawRequest(name, bytes)
  if (plan.meetHalfway) {
    const middle = bytes.length / 2
    await connection.begin(...rest.slice(0, -1), bytes.subarray(0, middle))
    await halfway()
    rest = [bytes.subarray(middle)]
  }
  const { status } = await connection.request(...rest)
  if (status !== 201) throw new Error(`an upload was answered with ${status}`)
}

/** Whoever comes waits until all have come. */
function meeting(guests: number): () => Promise<void> {
  const complete = Promise.withResolvers<void>()
  let missing = guests
  return () => {
    if (--missing === 0) complete.resolve()
    return complete.promise
  }
}

/** Noise that looks like no known type: its beginning is empty. */
function sampleFile(bytes: number): Uint8Array {
  return randomFillSync(Buffer.alloc(bytes), 8192)
}

function rawRequest(name: string, bytes: Uint8Array): (string | Uint8Array)[] {
  return [head(`${url.pathname}?name=${name}`, 'application/octet-stream', bytes.length), bytes]
}

function formRequest(name: string, bytes: Uint8Array): (string | Uint8Array)[] {
  const before = `--bench\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`
  const after = '\r\n--bench--\r\n'
  const length = before.length + bytes.length + after.length
  return [head(url.pathname, 'multipart/form-data; boundary=bench', length) + before, bytes, after]
}

function head(path: string, contentType: string, contentLength: number): string {
  const headers = { host: url.host, ...plan.headers, 'content-type': contentType, 'content-length': String(contentLength) }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}
