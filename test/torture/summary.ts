import { crashPoints } from '../../apps/media/src/media/crash-point.ts'
import { countStrikes, strikeLines } from '../faults/fault.ts'
import { rules } from './findings.ts'
import type { TortureOptions, TortureResult } from './run-torture.ts'

/** What was done and what was found, a line each: also what was not found. */
export function summaryLines(options: TortureOptions, result: TortureResult): string[] {
  const { killsAt, rest } = result
  const random = killsAt.get('random') ?? 0
  const atPoints = killsAt.values().reduce((sum, kills) => sum + kills, 0) - random
  return [
    `${number(result.operations)} operations by ${options.clients} clients on ${processes(options.stack)} in ${result.seconds.toFixed(0)} s, seed ${options.seed}`,
    `${random + atPoints} kills with SIGKILL: ${random} at random moments, ${atPoints} at named points`,
    ...crashPoints.map((point) => `  ${point}: ${killsAt.get(point) ?? 0}`),
    ...stackLines(result),
    `${result.restarts} restarts with SIGTERM, ${result.renderers} processes that render killed, ${result.strays} stray blobs left, ${result.cuts} uploads cut off`,
    `${number(result.retries)} requests sent again, ${number(result.replays)} answers asked for again, ${number(result.twins)} sent twice at once`,
    `${number(rest.liveBlobs)} live blobs with ${number(rest.bytes)} bytes, ${number(rest.auditRows)} audit rows, ${number(rest.links)} of them chained, ${result.receipts} receipts`,
    ...[...result.errors].map(([message, times]) => `logged as an error ${times} times: ${message}`),
    ...Object.entries(rules).map(([rule, meaning]) => `${countOf(result, rule)} ${meaning}`),
  ]
}

function processes({ members }: TortureOptions['stack']): string {
  const roles = Map.groupBy(members, ({ role }) => role)
  return [...roles].map(([role, of]) => `${of.length} holdfast ${role}`).join(' and ')
}

function stackLines({ strikes, refusals, pauses, steps }: TortureResult): string[] {
  if (strikes.times.size === 0) return []
  return [
    `${countStrikes(strikes)} faults of servers and network`,
    ...strikeLines(strikes, pauses),
    ...[...refusals].map(([code, times]) => `${number(times)} answers 503 with ${code}`),
    `no operation ended for ${(pauses.longestMs / 1_000).toFixed(1)} s at the longest`,
    ...steps.map(({ node, said }) => `${node}: ${said}`),
  ]
}

const countOf = ({ findings }: TortureResult, rule: string) => findings.filter((finding) => finding.rule === rule).length

const number = (value: number) => value.toLocaleString('en')
