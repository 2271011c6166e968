import type { StoredMessage } from './transport.ts'

type Write = (fields: Readonly<Record<string, unknown>>, text: string) => void

/** Pino's shape. */
export interface Log {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}

const nothing: Write = () => undefined

export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** What every line about a message carries. */
export const logFields = ({ id, name, attempt, correlationId }: StoredMessage) => ({
  message_id: id,
  message_name: name,
  correlation_id: correlationId,
  attempt,
})
