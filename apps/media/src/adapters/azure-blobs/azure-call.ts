import { setTimeout as pause } from 'node:timers/promises'
import { Failure } from '../../kernel/failure.ts'

/** Of a call that carries bytes. The driver's own time limit does not end one whose connection hangs. */
const carryMs = 30_000
/** Of one that only asks, or tells of a key. */
const askMs = 10_000
const timeoutCode = 'Timeout'
/** Before each further try of what was refused for being asked too often. */
const throttledPausesMs = [200, 600]
const longestPauseMs = 2_000

/** What the store answered, in words that may be logged: the driver's error holds the request, and with it a signature. */
export class AzureRefusal extends Error {
  override readonly name = 'AzureRefusal'
  /** Undefined where there was no answer. */
  readonly status: number | undefined
  /** The store's, as `BlobNotFound`, or the network's, as `ECONNRESET`. */
  readonly code: string
  readonly requestId: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(error: unknown) {
    const { status, code, requestId, retryAfterSeconds } = answered(error)
    super(`the blob store answered ${status === undefined ? 'nothing' : `with ${status}`}: ${code}`)
    this.status = status
    this.code = code
    this.requestId = requestId
    this.retryAfterSeconds = retryAfterSeconds
  }
}

type Call<Result> = (abortSignal: AbortSignal) => Promise<Result>

/**
 * Calls with a signal that ends it also where nothing comes back. Throws the reason of the caller's own signal, and an AzureRefusal for
 * everything else.
 */
export function carrying<Result>(call: Call<Result>, signal?: AbortSignal): Promise<Result> {
  return within(carryMs, call, signal)
}

/** The same, for less long. */
export function asking<Result>(call: Call<Result>, signal?: AbortSignal): Promise<Result> {
  return within(askMs, call, signal)
}

async function within<Result>(limitMs: number, call: Call<Result>, signal: AbortSignal | undefined): Promise<Result> {
  const limit = new AbortController()
  const late = setTimeout(() => limit.abort(), limitMs)
  try {
    return await untilTaken(call, signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]))
  } catch (error) {
    signal?.throwIfAborted()
    throw new AzureRefusal(limit.signal.aborted ? { code: timeoutCode } : error)
  } finally {
    clearTimeout(late)
  }
}

/**
 * Calls again where the store is asked too often (429), since it has done nothing then: the driver tries 500 and 503 again, and not this. Where it
 * wants to be left alone for longer than a moment, the caller is told at once.
 */
async function untilTaken<Result>(call: Call<Result>, abortSignal: AbortSignal): Promise<Result> {
  for (const pauseMs of throttledPausesMs) {
    try {
      return await call(abortSignal)
    } catch (error) {
      const { status, retryAfterSeconds = 0 } = answered(error)
      const wantedMs = Math.max(pauseMs, retryAfterSeconds * 1_000)
      if (status !== 429 || wantedMs > longestPauseMs) throw error
      await pause(wantedMs, undefined, { signal: abortSignal })
    }
  }
  return call(abortSignal)
}

/** A refusal that stays is a store that is unavailable. Anything else is left as it is. */
export function unavailableFor(error: unknown): unknown {
  if (!(error instanceof AzureRefusal)) return error
  const { status, code: reason, retryAfterSeconds = 5 } = error
  return new Failure('unavailable', 'storage.unavailable', 'the store cannot keep or give bytes now', {
    cause: error,
    retryAfterSeconds,
    extra: { reason, ...(status !== undefined && { status }) },
  })
}

export const isMissing = (error: unknown): boolean => error instanceof AzureRefusal && error.code === 'BlobNotFound'

export const isTimeout = (error: unknown): boolean => error instanceof AzureRefusal && error.code === timeoutCode

function answered(error: unknown) {
  const headers = read(read(error, 'response'), 'headers')
  const get = read(headers, 'get')
  const header = (name: string) => (get instanceof Function ? text(get.call(headers, name)) : undefined)
  const status = read(error, 'statusCode')
  const seconds = Number(header('retry-after'))
  return {
    status: typeof status === 'number' ? status : undefined,
    // An answer to HEAD has no body: then its code is in a header.
    code: header('x-ms-error-code') ?? text(read(error, 'code')) ?? (error instanceof Error ? error.name : 'unknown'),
    requestId: header('x-ms-request-id'),
    retryAfterSeconds: seconds > 0 && seconds <= 3_600 ? seconds : undefined,
  }
}

const read = (value: unknown, name: string): unknown => (value instanceof Object ? Reflect.get(value, name) : undefined)

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
