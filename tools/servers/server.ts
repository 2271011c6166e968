import { setTimeout as sleep } from 'node:timers/promises'

/** A server that was started for tests. Each of these resolves when it is so, and may be repeated. */
export interface Server extends AsyncDisposable {
  /** Starts it when it does not run, and resolves when it is ready: after `resume()` too. */
  start(): Promise<void>
  /** Ends it in its own time. */
  stop(): Promise<void>
  /** Ends it with SIGKILL. */
  kill(): Promise<void>
  /** Holds it: its connections stay open and nothing is answered. */
  stall(): Promise<void>
  /** Lets it go on. */
  resume(): Promise<void>
}

interface StartingServer {
  readonly name: string
  isReady(): Promise<boolean>
  isRunning(): Promise<boolean>
  lastWords(): Promise<string>
}

const startTimeoutMs = 120_000

/** @throws when the server ends or takes too long, with what it printed last. */
export async function waitUntilReady({ name, isReady, isRunning, lastWords }: StartingServer): Promise<void> {
  const deadline = Date.now() + startTimeoutMs
  while (!(await isReady())) {
    if (!(await isRunning())) throw new Error(`${name} ended before it was ready\n${await lastWords()}`)
    if (Date.now() > deadline) throw new Error(`${name} is not ready after ${startTimeoutMs / 1000} s\n${await lastWords()}`)
    await sleep(50)
  }
}
