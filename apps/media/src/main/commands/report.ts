import { CommanderError, InvalidArgumentError } from 'commander'
import { Failure } from '../../kernel/failure.ts'
import { ConfigError } from '../config-error.ts'
import { messageOf } from '../message-of.ts'

/**
 * What a script reads from the exit code. 0: done. 1: it failed. 2: called or configured wrongly, nothing was tried.
 * 3: it was done, and the answer is no (a receipt that is not genuine, migrations that are pending, a part that is down).
 */
export const exitCodes = { done: 0, failed: 1, usage: 2, no: 3 } as const

export function exitCodeOf(error: unknown): number {
  // Commander throws for a help that was asked for too, with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  if (error instanceof ConfigError || (error instanceof Failure && error.kind === 'invalid')) return exitCodes.usage
  return exitCodes.failed
}

/** Commander writes what it finds wrong itself. What an action finds wrong with its arguments it only passes on. */
export const isReported = (error: unknown) => error instanceof CommanderError && !(error instanceof InvalidArgumentError)

/** People get the message, and never a stack for what they can mend themselves. */
export function reportError(error: unknown): void {
  const known = error instanceof ConfigError || error instanceof Failure || error instanceof InvalidArgumentError
  const told = known ? `${error.message}${error instanceof Failure ? ` (${error.code})` : ''}` : describe(error)
  process.stderr.write(`holdfast: ${told}\n`)
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // What the database or the system refuses: a full disk, a port that is taken, a folder that is not ours.
  const isRefusal = error.name === 'DatabaseUnavailable' || 'syscall' in error
  return isRefusal ? messageOf(error) : (error.stack ?? error.message)
}

export interface OutputOptions {
  readonly json?: boolean | undefined
}

/** One JSON document for scripts, lines for people. */
export function print(options: OutputOptions, value: unknown, lines: () => readonly string[]): void {
  const text = options.json ? JSON.stringify(value, undefined, 2) : lines().join('\n')
  if (text !== '') process.stdout.write(`${text}\n`)
}

/** Columns that line up. */
export function table(rows: readonly (readonly (string | number | null)[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => String(cell ?? '-')))
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
