import { type DestinationStream, type LevelWithSilent, type Logger, pino, stdTimeFunctions } from 'pino'
import { currentCorrelation } from './correlation.ts'
import { newCorrelationId } from './correlation-id.ts'
import { logMixin } from './log-mixin.ts'
import { serializeError, serializeRequest, serializeResponse } from './log-serializers.ts'
import { readableLines } from './readable-lines.ts'
import { createScrubber, type Scrubber } from './scrubber.ts'

export interface LoggerOptions {
  readonly service: string
  /** As `dev` or `prod`. */
  readonly env: string
  readonly version: string
  /** `info` where none is given. */
  readonly level?: LevelWithSilent
  /** JSON lines by default; `readable` for a terminal. */
  readonly form?: 'json' | 'readable'
  /** Knows the secrets of this process by value. One without any is made where none is given. */
  readonly scrubber?: Scrubber
  /** Takes finished lines. Standard output where none is given, written before the call returns. */
  readonly destination?: DestinationStream
  /** Is given each line too, in JSON whatever the form. */
  readonly copy?: DestinationStream | undefined
}

/**
 * A pino logger whose lines are one JSON object each: `time`, `level`, `service`, `env`, `version`, the ids of the current story,
 * `message` and what the caller adds. Lines outside of any story share one that stands for the process. Secrets are cut out of the
 * finished line, so nothing gets past: not a member, a message, a stack or a cause.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { service, env, version, level = 'info', form = 'json', scrubber = createScrubber(), copy } = options
  const target = options.destination ?? pino.destination({ fd: 1, sync: true })
  const colour = options.destination === undefined && process.stdout.isTTY
  const shown = form === 'json' ? target : readableLines((text) => target.write(text), colour)
  const ofProcess = { correlation_id: newCorrelationId() }
  return pino(
    {
      level,
      base: { service, env, version },
      messageKey: 'message',
      errorKey: 'err',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // A new object each time: pino writes the line’s own members into it.
      mixin: () => (currentCorrelation() === undefined ? { ...ofProcess } : logMixin()),
      serializers: {
        err: serializeError,
        error: serializeError,
        req: serializeRequest,
        request: serializeRequest,
        res: serializeResponse,
        response: serializeResponse,
        reply: serializeResponse,
      },
      hooks: { streamWrite: (line) => scrubber.line(line) },
    },
    copy === undefined ? shown : both(shown, copy),
  )
}

const both = (first: DestinationStream, second: DestinationStream): DestinationStream => ({
  write(line) {
    first.write(line)
    second.write(line)
  },
})
