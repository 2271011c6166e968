import type { FastifyInstance } from 'fastify'
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import { createMessageMetrics, type MessageMetrics } from './message-metrics.ts'
import type { LaneStats } from './message-views.ts'
import { createPartMetrics, type PartMetrics } from './part-metrics.ts'
import type { RequestOutcome } from './request-log.ts'

export interface Metrics extends MessageMetrics, PartMetrics {
  observeRequest(request: RequestOutcome): void
  readonly contentType: string
  render(): Promise<string>
}

/** What Prometheus reads: the process, requests by route, messages by lane and state, and what this process made of them. */
export function createMetrics(countLanes: () => Promise<readonly LaneStats[]>, now: () => number): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const labelNames = ['method', 'route', 'status'] as const
  const requests = new Counter({ name: 'holdfast_http_requests_total', help: 'Requests answered', labelNames, registers })
  const seconds = new Histogram({
    name: 'holdfast_http_request_duration_seconds',
    help: 'From the headers of a request to the end of its answer',
    labelNames,
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  })
  return {
    ...createMessageMetrics(registers, countLanes, now),
    ...createPartMetrics(registers),
    observeRequest: ({ durationMs, method, route, status }) => {
      const labels = { method, route, status: String(status) }
      requests.inc(labels)
      seconds.observe(labels, durationMs / 1000)
    },
    contentType: registry.contentType,
    render: () => registry.metrics(),
  }
}

export function metricsRoute(app: FastifyInstance, metrics: Metrics): void {
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()))
}
