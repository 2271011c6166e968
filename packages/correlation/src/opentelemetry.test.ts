import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { type FastifyInstance, fastify } from 'fastify'
import { correlationPlugin } from './fastify.ts'
import { currentCorrelation, runWithCorrelation, startTrace } from './index.ts'
import { inDeliverySpan, inSpan, tracingPlugin } from './opentelemetry.ts'

const exporter = new InMemorySpanExporter()
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const caller = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true }
const traceparent = `00-${caller.traceId}-${caller.spanId}-01`

let app: FastifyInstance

beforeEach(async () => {
  app = fastify()
  await app.register(correlationPlugin, { trustsTraceparentOf: ({ headers }: IncomingMessage) => headers['x-from'] === 'inside' })
  await app.register(tracingPlugin)
  app.get('/notes/:id', () => inSpan('read the note', async () => currentCorrelation()?.trace?.traceId))
  app.get('/broken', () => Promise.reject(new Error('token=secret')))
})

afterEach(() => app.close())

test('without an SDK a story keeps the trace that it has', async () => {
  const { body } = await app.inject({ url: '/notes/1', headers: { traceparent, 'x-from': 'inside' } })
  assert.equal(body, caller.traceId)
  const trace = startTrace()
  const found = await runWithCorrelation({ trace }, () =>
    inDeliverySpan('process', { cause: caller, attributes: {} }, async () => currentCorrelation()?.trace),
  )
  assert.deepEqual(found, trace)
})

test('with an SDK', async (t) => {
  before(() => provider.register())
  after(() => provider.shutdown())
  afterEach(() => exporter.reset())

  await t.test('a request is a span, and what it does a span below it; the story tells its trace', async () => {
    const { body } = await app.inject({ url: '/notes/1?token=secret', headers: { traceparent, 'x-correlation-id': 'story-4711' } })
    const [inner, request] = spans()
    assert.equal(request.name, 'GET /notes/:id')
    assert.equal(request.kind, SpanKind.SERVER)
    assert.deepEqual(request.attributes, {
      'http.request.method': 'GET',
      'url.scheme': 'http',
      'http.route': '/notes/:id',
      'holdfast.correlation_id': 'story-4711',
      'http.response.status_code': 200,
    })
    assert.equal(request.parentSpanContext, undefined, 'a stranger cannot join a trace')
    assert.equal(inner.parentSpanContext?.spanId, request.spanContext().spanId)
    assert.equal(body, request.spanContext().traceId)
  })

  await t.test('the trace of a trusted caller goes on', async () => {
    await app.inject({ url: '/notes/1', headers: { traceparent, 'x-from': 'inside' } })
    const [, request] = spans()
    assert.equal(request.spanContext().traceId, caller.traceId)
    assert.equal(request.parentSpanContext?.spanId, caller.spanId)
  })

  await t.test('a failure is an error, and its message is not told', async () => {
    await app.inject('/broken')
    const [request] = exporter.getFinishedSpans()
    assert.equal(request?.status.code, SpanStatusCode.ERROR)
    assert.equal(request?.attributes['error.type'], '500')
    assert.doesNotMatch(JSON.stringify([request?.attributes, request?.events, request?.status]), /secret/)
  })

  await t.test('an unknown route has no name: the URL may hold a secret', async () => {
    await app.inject('/secret')
    assert.equal(exporter.getFinishedSpans()[0]?.name, 'GET')
  })

  await t.test('a delivery begins a trace of its own, linked to what sent it', async () => {
    const sent = { cause: caller, attributes: { 'messaging.system': 'test' } }
    const failing = () => inDeliverySpan('process note', sent, () => Promise.reject(new RangeError('secret')))
    await assert.rejects(runWithCorrelation({}, failing), RangeError)
    const [span] = exporter.getFinishedSpans()
    assert.equal(span?.kind, SpanKind.CONSUMER)
    assert.equal(span?.links[0]?.context.spanId, caller.spanId)
    assert.notEqual(span?.spanContext().traceId, caller.traceId)
    assert.equal(span?.attributes['error.type'], 'RangeError')
    assert.deepEqual(span?.events, [])
  })
})

function spans(): [ReadableSpan, ReadableSpan] {
  const [first, second] = exporter.getFinishedSpans()
  assert.ok(first && second)
  return [first, second]
}
