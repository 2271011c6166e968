import type { LaneStats, Transaction, Transport } from './transport.ts'

const nothing: Omit<LaneStats, 'lane'> = {
  waiting: 0,
  dispatched: 0,
  delayed: 0,
  running: 0,
  failed: 0,
  handledLastMinute: 0,
  oldestWaitingAt: null,
  oldestRunningAt: null,
  oldestFailedAt: null,
  nextDueAt: null,
}

/** Empty lanes are told too, so that a gauge falls to zero. A lane that was taken out of the settings shows as long as it holds messages. */
export async function laneStats<Tx extends Transaction>(transport: Transport<Tx>, lanes: readonly string[]): Promise<LaneStats[]> {
  const found = await transport.reads.stats(await transport.now())
  const known = lanes.map((lane) => found.find((each) => each.lane === lane) ?? { lane, ...nothing })
  return [...known, ...found.filter(({ lane }) => !lanes.includes(lane))]
}
