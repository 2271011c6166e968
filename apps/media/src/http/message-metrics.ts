import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { LaneStats } from './message-views.ts'
import { rememberBriefly } from './remember-briefly.ts'

/** An attempt at a message, ended. */
interface Delivery {
  readonly name: string
  readonly lane: string
  readonly outcome: string
  readonly latenessMs: number
  readonly durationMs: number
}

export interface MessageMetrics {
  observeDelivery(delivery: Delivery): void
}

/** Of what is told of the lanes: counting a million messages takes a while. */
const laneStatsMaxAgeMs = 1_000

/** Of messages: by lane and state in the whole house, and what this process made of them. */
export function createMessageMetrics(
  registers: Registry[],
  countLanes: () => Promise<readonly LaneStats[]>,
  now: () => number,
): MessageMetrics {
  const counted = rememberBriefly(countLanes, laneStatsMaxAgeMs)
  // A database that is away takes nothing else with it.
  const laneStats = () => counted().catch(() => [])
  const attempts = new Counter({
    name: 'holdfast_message_attempts_total',
    help: 'Attempts at messages that ended here, by what became of them',
    labelNames: ['lane', 'name', 'outcome'],
    registers,
  })
  const lateness = new Histogram({
    name: 'holdfast_message_lateness_seconds',
    help: 'From when a message was due to when its handler began',
    labelNames: ['lane'],
    buckets: [0.01, 0.05, 0.2, 1, 5, 30, 300],
    registers,
  })
  const handling = new Histogram({
    name: 'holdfast_message_duration_seconds',
    help: 'From when a handler began to its receipt, or what became of it instead',
    labelNames: ['lane', 'name'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600],
    registers,
  })
  new Gauge({
    name: 'holdfast_message_oldest_age_seconds',
    help: 'Since when the oldest message waits, runs or stands failed, as counted a second or so ago; 0 where there is none',
    labelNames: ['lane', 'state'],
    registers,
    async collect() {
      const lanes = await laneStats()
      this.reset()
      for (const { lane, oldestWaitingAt, oldestRunningAt, oldestFailedAt } of lanes) {
        for (const [state, at] of Object.entries({ waiting: oldestWaitingAt, running: oldestRunningAt, failed: oldestFailedAt })) {
          this.set({ lane, state }, at === null ? 0 : Math.max(0, (now() - at) / 1000))
        }
      }
    },
  })
  new Gauge({
    name: 'holdfast_messages',
    help: 'Messages that wait, run or failed, as counted a second or so ago',
    labelNames: ['lane', 'state'],
    registers,
    async collect() {
      const lanes = await laneStats()
      this.reset()
      for (const { lane, waiting, dispatched, delayed, running, failed } of lanes) {
        for (const [state, count] of Object.entries({ waiting, dispatched, delayed, running, failed })) this.set({ lane, state }, count)
      }
    },
  })
  return {
    observeDelivery: ({ lane, name, outcome, latenessMs, durationMs }) => {
      attempts.inc({ lane, name, outcome })
      lateness.observe({ lane }, latenessMs / 1000)
      handling.observe({ lane, name }, durationMs / 1000)
    },
  }
}
