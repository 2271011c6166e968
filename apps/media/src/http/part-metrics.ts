import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { ObserveCall } from '../kernel/part-call.ts'

export interface PartMetrics {
  /** What a part, by its name in `/readyz`, was asked. */
  callsOf(part: string): ObserveCall
  /** Of a listing that was asked for: whether it was found as it was kept. */
  observeLookup(wasFound: boolean): void
  /** A live blob was found without its bytes, or with others. */
  countDegraded(): void
  /** A part that is away is left alone for a while. */
  observeCircuit(part: string, isOpen: boolean): void
  /** The hub of ours is a part that nobody calls: it tells how many listen. Once a process. */
  watchListeners(count: () => number): void
}

/** Of each part: calls, errors, latency; of those that are left alone while they are away, whether they are. */
export function createPartMetrics(registers: Registry[]): PartMetrics {
  const calls = new Counter({
    name: 'holdfast_part_calls_total',
    help: 'Calls to a part, by what became of them; skipped: it is away, and what asked went on without it',
    labelNames: ['part', 'call', 'outcome'],
    registers,
  })
  const answering = new Histogram({
    name: 'holdfast_part_call_duration_seconds',
    help: 'From a call to a part to its answer, or to when none was waited for any longer',
    labelNames: ['part', 'call'],
    buckets: [0.0005, 0.002, 0.01, 0.05, 0.2, 1, 5, 30],
    registers,
  })
  const circuits = new Gauge({
    name: 'holdfast_part_circuit_open',
    help: '1 while a part is away, and is not asked',
    labelNames: ['part'],
    registers,
  })
  const lookups = new Counter({
    name: 'holdfast_cache_lookups_total',
    help: 'Listings of folders that were asked for: found as they were kept, or made',
    labelNames: ['outcome'],
    registers,
  })
  const degraded = new Counter({
    name: 'holdfast_blobs_degraded_total',
    help: 'Live blobs whose bytes were found to be missing or of another size, by who read them or by the sweep',
    registers,
  })
  return {
    countDegraded: () => degraded.inc(),
    observeLookup: (wasFound) => lookups.inc({ outcome: wasFound ? 'found' : 'made' }),
    callsOf:
      (part) =>
      ({ call, outcome, durationMs }) => {
        calls.inc({ part, call, outcome })
        if (outcome !== 'skipped') answering.observe({ part, call }, durationMs / 1000)
      },
    observeCircuit: (part, isOpen) => circuits.set({ part }, Number(isOpen)),
    watchListeners: (count) => {
      new Gauge({
        name: 'holdfast_live_listeners',
        help: 'Connections that listen to the hub of this process',
        registers,
        collect() {
          this.set(count())
        },
      })
    },
  }
}
