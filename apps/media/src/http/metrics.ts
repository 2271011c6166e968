import type { FastifyInstance } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { LaneStats } from './message-views.ts'
import type { RequestOutcome } from './request-log.ts'

export interface Metrics {
  observe(request: RequestOutcome): void
  readonly contentType: string
  render(): Promise<string>
}

/** What Prometheus reads: the process, requests by route, and messages by lane and state. */
export function createMetrics(laneStats: () => Promise<readonly LaneStats[]>): Metrics {
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
  new Gauge({
    name: 'holdfast_messages',
    help: 'Messages that wait, run or failed, as counted a second or so ago',
    labelNames: ['lane', 'state'],
    registers,
    async collect() {
      for (const { lane, waiting, dispatched, delayed, running, failed } of await laneStats()) {
        for (const [state, count] of Object.entries({ waiting, dispatched, delayed, running, failed })) this.set({ lane, state }, count)
      }
    },
  })
  return {
    observe: ({ durationMs, method, route, status }) => {
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
