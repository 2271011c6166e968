/** Ends a worker in good order after some work, so that what started it can start it afresh. None by default. */
export interface WorkerLimits {
  readonly maxMessages?: number | undefined
  /** Of the process's resident set. */
  readonly maxMemoryMb?: number | undefined
  readonly maxSeconds?: number | undefined
}

/** Why `run` came back. */
export type StopReason = 'signal' | 'max-messages' | 'max-memory' | 'max-seconds'

export interface RunSoFar {
  readonly signal: AbortSignal
  readonly taken: number
  readonly seconds: number
}

export function stopReason(
  { maxMessages, maxMemoryMb, maxSeconds }: WorkerLimits,
  { signal, taken, seconds }: RunSoFar,
): StopReason | undefined {
  if (signal.aborted) return 'signal'
  if (maxMessages !== undefined && taken >= maxMessages) return 'max-messages'
  if (maxMemoryMb !== undefined && process.memoryUsage.rss() > maxMemoryMb * 2 ** 20) return 'max-memory'
  if (maxSeconds !== undefined && seconds >= maxSeconds) return 'max-seconds'
  return undefined
}
