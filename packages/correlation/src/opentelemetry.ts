import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { addToCorrelation } from './correlation.ts'
import type { Trace } from './trace.ts'

/** The handling of a message. It begins a trace of its own, linked to the step that sent it: that may have been over for days. */
export interface Delivery {
  readonly cause: Trace | undefined
  readonly attributes: Attributes
}

/** The API finds the operator's SDK, whenever that came; without one it does nothing. */
const tracer = () => trace.getTracer('holdfast')

/** Runs `work` as a step inside the current one. What it throws is recorded by its name and thrown on: messages may tell secrets. */
export function inSpan<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  return runSpan(tracer().startSpan(name), context.active(), work)
}

/** Runs `work` as the handling of a message. The story, which must have begun, takes over the ids of its trace. */
export function inDeliverySpan<Result>(name: string, { cause, attributes }: Delivery, work: () => Promise<Result>): Promise<Result> {
  const links = cause === undefined ? [] : [{ context: contextOf(cause) }]
  const span = tracer().startSpan(name, { kind: SpanKind.CONSUMER, attributes, links }, ROOT_CONTEXT)
  takeOver(span, undefined)
  return runSpan(span, ROOT_CONTEXT, work)
}

/**
 * Makes each request a span, below the trusted caller's where there is one. Register it after `correlationPlugin`. Neither the URL nor a
 * header is told: they may hold secrets.
 */
export async function tracingPlugin(app: FastifyInstance): Promise<void> {
  app.addHook('onRequest', (request, reply, done) => {
    const { caller } = request.correlation
    const parent = caller === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...contextOf(caller), isRemote: true })
    const span = tracer().startSpan(nameOf(request), { kind: SpanKind.SERVER, attributes: attributesOf(request) }, parent)
    takeOver(span, caller)
    reply.raw.once('close', () => endRequest(span, reply))
    context.with(trace.setSpan(parent, span), done)
  })
}

Object.assign(tracingPlugin, { [Symbol.for('skip-override')]: true, [Symbol.for('fastify.display-name')]: 'tracing' })

const nameOf = ({ method, routeOptions }: FastifyRequest) => [method, routeOptions.url].join(' ').trim()

/** By the semantic conventions for HTTP. */
const attributesOf = ({ method, protocol, routeOptions, correlation }: FastifyRequest) => ({
  'http.request.method': method,
  'url.scheme': protocol,
  ...(routeOptions.url !== undefined && { 'http.route': routeOptions.url }),
  'holdfast.correlation_id': correlation.correlationId,
})

function endRequest(span: Span, { raw, statusCode }: FastifyReply): void {
  if (raw.headersSent) span.setAttribute('http.response.status_code', statusCode)
  const error = raw.writableEnded ? undefined : 'aborted'
  const fault = error ?? (statusCode >= 500 ? String(statusCode) : undefined)
  if (fault !== undefined) span.setAttribute('error.type', fault).setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

const contextOf = ({ traceId, spanId, sampled }: Trace) => ({ traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE })

/** Log lines then tell the trace that the span is in. Without an SDK the span is none, or the caller's: the story keeps its own. */
function takeOver(span: Span, caller: Trace | undefined): void {
  const { traceId, spanId, traceFlags } = span.spanContext()
  if (/^0+$/.test(spanId) || spanId === caller?.spanId) return
  addToCorrelation({ trace: { traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) === TraceFlags.SAMPLED } })
}

async function runSpan<Result>(span: Span, parent: Context, work: () => Promise<Result>): Promise<Result> {
  try {
    return await context.with(trace.setSpan(parent, span), work)
  } catch (error) {
    const type = error instanceof Error ? error.name : 'unknown'
    span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR })
    throw error
  } finally {
    span.end()
  }
}
