import { randomHex } from './random-hex.ts'

/** One step of a trace, as W3C Trace Context names it (https://www.w3.org/TR/trace-context/). */
export interface Trace {
  /** 32 hexadecimal digits, the same in every step of the trace. */
  readonly traceId: string
  /** 16 hexadecimal digits: this step. */
  readonly spanId: string
  readonly sampled: boolean
}

const version00 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/
const laterVersion = /^(?!ff|00)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/
const allZero = /^0+$/

/** The caller's step, or undefined where the header is missing or not well-formed. */
export function parseTraceparent(header: unknown): Trace | undefined {
  if (typeof header !== 'string') return undefined
  const [, traceId, spanId, flags] = version00.exec(header) ?? laterVersion.exec(header) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  if (allZero.test(traceId) || allZero.test(spanId)) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

/** A step of our own: below the caller's where there is one, else the first of a new trace. */
export function startTrace(caller?: Trace): Trace {
  const spanId = randomHex(8)
  return caller ? { ...caller, spanId } : { traceId: randomHex(16), spanId, sampled: false }
}

export const formatTraceparent = ({ traceId, spanId, sampled }: Trace): string => `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
