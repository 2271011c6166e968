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
