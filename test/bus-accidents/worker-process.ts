/** `worker-process.ts PLAN`: handles probes until it is asked to end, and tells of each that begins and ends. */
import type { WorkerOptions } from '@holdfast/messenger'
import { openBus } from '../bus-torture/bus.ts'
import type { ServerPlace } from '../faults/servers.ts'
import { type Began, type ProbeOptions, probing } from './probe.ts'

export interface WorkerPlan extends Pick<ServerPlace, 'databaseUrls' | 'brokerUrls'> {
  readonly probing: ProbeOptions
  readonly worker: Pick<WorkerOptions, 'leaseMs' | 'graceMs' | 'slots'>
}

export type Told = { readonly began: Began } | { readonly ended: number }

const plan = JSON.parse(process.argv[2] ?? '') as WorkerPlan
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
// Whoever started it may have been killed.
const endAlone = () => process.kill(process.pid, 'SIGKILL')
process.once('disconnect', endAlone)

const tell = (told: Told) => void process.send?.(told)
const options = probing(
  plan.probing,
  (began) => tell({ began }),
  (ended) => tell({ ended }),
)
await using bus = openBus(plan, options)
await bus.messenger.worker(plan.worker).run(stop.signal)
process.removeListener('disconnect', endAlone)
process.disconnect()
