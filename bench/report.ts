import type { ContenderResult, GoalResult, Result } from './rounds.ts'

/** Above this the load may be what is measured, not the server. */
const busyLoadCores = 0.95

export function reportLines({ name, about, unit, contenders, goals }: Result): string[] {
  return [
    '',
    `${name}: ${about}`,
    ...columns([['', unit, 'lowest', 'highest', 'server cores', 'load cores'], ...contenders.map(contenderCells)]),
    ...goals.map(goalLine),
    ...contenders
      .filter(({ loadCores }) => (loadCores ?? 0) > busyLoadCores)
      .map((contender) => `  note: the load kept its core busy with ${contender.name}, which may be faster than it could show`),
  ]
}

function contenderCells({ name, median, rates, serverCores, loadCores }: ContenderResult): string[] {
  const cores = [serverCores, loadCores].map((value) => value?.toFixed(2) ?? '-')
  return [name, figure(median), figure(Math.min(...rates)), figure(Math.max(...rates)), ...cores]
}

function goalLine({ subject, peer, ratio, ratios, atLeast, reached }: GoalResult): string {
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
  return `  ${reached ? '✓' : '✗'} ${subject} / ${peer} = ${ratio.toFixed(2)}, goal ${atLeast.toFixed(2)} (rounds: ${range})`
}

const figure = (value: number) => value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',')

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const align = (cell: string, column: number) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))
  return rows.map((row) => `  ${row.map(align).join('  ')}`)
}
