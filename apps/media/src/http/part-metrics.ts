import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What a part outside of this process was asked for. */
interface PartCall {
  readonly part: string
  readonly call: string
  /** `skipped`: not even tried. */
  readonly outcome: 'done' | 'failed' | 'skipped'
  readonly durationMs: number
}

export interface PartMetrics {
  observeCall(call: PartCall): void
  /** Of a listing that was asked for: whether it was found as it was kept. */
  observeLookup(wasFound: boolean): void
  /** A part that is away is left alone for a while. */
  observeCircuit(part: string, isOpen: boolean): void
}

/** Of each optional part: calls, errors, latency, and whether it is away. */
export function createPartMetrics(registers: Registry[]): PartMetrics {
  const calls = new Counter({
    name: 'holdfast_part_calls_total',
    help: 'Calls to an optional part, by what became of them; skipped: it is away, and the request went on without it',
    labelNames: ['part', 'call', 'outcome'],
    registers,
  })
  const answering = new Histogram({
    name: 'holdfast_part_call_duration_seconds',
    help: 'From a call to an optional part to its answer, or to when none was waited for any longer',
    labelNames: ['part', 'call'],
    buckets: [0.0005, 0.002, 0.01, 0.05, 0.2, 1],
    registers,
  })
  const circuits = new Gauge({
    name: 'holdfast_part_circuit_open',
    help: '1 while an optional part is away, and is not asked',
    labelNames: ['part'],
    registers,
  })
  const lookups = new Counter({
    name: 'holdfast_cache_lookups_total',
    help: 'Listings of folders that were asked for: found as they were kept, or made',
    labelNames: ['outcome'],
    registers,
  })
  return {
    observeLookup: (wasFound) => lookups.inc({ outcome: wasFound ? 'found' : 'made' }),
    observeCall: ({ part, call, outcome, durationMs }) => {
      calls.inc({ part, call, outcome })
      if (outcome !== 'skipped') answering.observe({ part, call }, durationMs / 1000)
    },
    observeCircuit: (part, isOpen) => circuits.set({ part }, Number(isOpen)),
  }
}
