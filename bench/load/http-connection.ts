import { connect, type Socket } from 'node:net'

interface Answer {
  readonly status: number
  readonly bodyBytes: number
}

interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

const readBytes = 256 * 1024

/**
 * One keep-alive connection that does as little as a client can, so that the server is what is measured: requests are bytes made
 * beforehand, answers are counted and thrown away. Only answers with a Content-Length are understood.
 */
export class HttpConnection {
  /** Of all bodies so far, also of the one that is arriving. */
  receivedBytes = 0
  readonly #socket: Socket
  #waiting: Waiting | undefined
  #head = ''
  #status = 0
  #bodyBytes = 0
  #missingBytes = 0

  constructor(url: URL) {
    const onread = { buffer: Buffer.allocUnsafe(readBytes), callback: (length: number, buffer: Uint8Array) => this.#read(length, buffer) }
    this.#socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true, onread })
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  /** Sends the beginning of a request and resolves when it has left this process. `request` sends the rest. */
  begin(...bytes: readonly (string | Uint8Array)[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const last = bytes.length - 1
      for (const [at, part] of bytes.entries()) {
        this.#socket.write(part, (error) => {
          if (error) reject(error)
          else if (at === last) resolve()
        })
      }
    })
  }

  /** Sends the request and resolves when its answer is complete. One at a time. */
  request(...bytes: readonly (string | Uint8Array)[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      for (const part of bytes) this.#socket.write(part)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(length: number, buffer: Uint8Array): boolean {
    const bodyStart = this.#missingBytes > 0 ? 0 : this.#readHead(Buffer.from(buffer.buffer, buffer.byteOffset, length))
    const bodyBytes = length - bodyStart
    this.receivedBytes += bodyBytes
    this.#missingBytes -= bodyBytes
    if (this.#missingBytes === 0 && this.#head === '') this.#answer()
    return true
  }

  /** Where the body begins in this chunk. */
  #readHead(chunk: Buffer): number {
    const before = this.#head.length
    this.#head += chunk.toString('latin1')
    const end = this.#head.indexOf('\r\n\r\n')
    if (end === -1) return chunk.length
    const head = this.#head.slice(0, end)
    this.#head = ''
    this.#status = Number(head.slice(9, 12))
    this.#bodyBytes = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 'NaN')
    if (Number.isNaN(this.#bodyBytes)) this.#fail(new Error(`an answer without Content-Length: ${head}`))
    this.#missingBytes = this.#bodyBytes
    return end + 4 - before
  }

  #answer(): void {
    this.#waiting?.resolve({ status: this.#status, bodyBytes: this.#bodyBytes })
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error)
    this.#waiting = undefined
  }
}
