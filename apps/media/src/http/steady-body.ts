import type { IncomingMessage } from 'node:http'
import { PassThrough, type Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { Failure } from '../kernel/failure.ts'

/** How slowly a body may arrive. A rate and no total: a long upload over an honest line may take its hours. */
export interface Pace {
  /** A sender that sends nothing, or stays below the rate, for this long is let go. */
  readonly idleTimeoutMs: number
  readonly minBytesPerSecond: number
}

/** Holds every body to the pace. After an answer the rest of a body is read away for `lingerMs`, so that the answer arrives. */
export function holdBodiesToPace(app: FastifyInstance, pace: Pace, lingerMs: number): void {
  app.addHook('preParsing', (request, reply, payload, done) => {
    if (!hasBody(request.raw)) return done(null, payload)
    const body = steadyBody(request.raw, pace)
    reply.raw.once('close', () => body.destroy())
    done(null, body)
  })
  app.addHook('onRequest', (request, reply, done) => {
    if (hasBody(request.raw)) reply.raw.once('finish', () => readAway(request.raw, lingerMs))
    done()
  })
}

export const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/**
 * The body, which fails with `request.too_slow` where its sender falls below the pace, and with `request.aborted` where the
 * connection is cut. Only time spent waiting for the sender counts: it starts anew whenever the reader was the slower one.
 * The connection outlives the failure, so that it can be answered.
 */
export function steadyBody(source: Readable, pace: Pace): Readable {
  const body = new PassThrough()
  // It may fail before anybody reads it: who does so then hears of it all the same.
  body.on('error', () => undefined)
  let received = 0
  let since = performance.now()
  let lookedAt = since
  const everyMs = pace.idleTimeoutMs / 4
  const startAnew = () => {
    received = 0
    since = performance.now()
  }
  const check = () => {
    const now = performance.now()
    // Where this process was held up, it was not the sender who was slow meanwhile.
    since = Math.min(now, since + Math.max(0, now - lookedAt - everyMs))
    lookedAt = now
    const waitedMs = now - since
    if (body.writableNeedDrain) startAnew()
    else if (waitedMs < pace.idleTimeoutMs) return
    else if (received < (pace.minBytesPerSecond * waitedMs) / 1000) body.destroy(tooSlow(pace))
    else startAnew()
  }
  const timer = setInterval(check, everyMs)
  source.on('data', (chunk: Uint8Array) => {
    received += chunk.length
  })
  const closed = () => {
    if (!source.readableEnded) body.destroy(cutOff())
  }
  // Its sender may have gone while the request was still being authenticated.
  if (source.destroyed) closed()
  else source.once('close', closed)
  body.on('drain', startAnew)
  source.once('end', () => clearInterval(timer))
  body.once('close', () => clearInterval(timer))
  return source.pipe(body)
}

const tooSlow = ({ minBytesPerSecond }: Pace) =>
  new Failure('timed_out', 'request.too_slow', `fewer than ${minBytesPerSecond} bytes a second arrived`)

const cutOff = () => new Failure('invalid', 'request.aborted', 'the connection closed before the body was complete')

/** Closing at once would reset the connection, and the sender might never see the answer. */
function readAway(source: IncomingMessage, lingerMs: number): void {
  source.unpipe()
  if (source.readableEnded || source.destroyed) return
  const timer = setTimeout(() => source.destroy(), lingerMs)
  for (const over of ['end', 'close']) source.once(over, () => clearTimeout(timer))
  source.resume()
}
