import type { CarryDeps } from './carry-due.ts'
import type { Log } from './log.ts'
import type { Transaction } from './transport.ts'

/**
 * When messages that the broker has confirmed count as lost there. Written a little later, many in one statement: most are handled by then and keep
 * what they have.
 */
export interface Deadlines {
  extend(ids: readonly string[]): void
  /** Writes what is not written yet. Never throws: a claim that is not extended lapses, and its message is published a second time. */
  flush(): Promise<void>
}

export interface DeadlinesDeps<Tx extends Transaction> extends Pick<CarryDeps<Tx>, 'transport' | 'lostAfterMs'> {
  readonly log: Log
}

/** Far less than a claim lasts. */
const laterMs = 3_000
const batchSize = 256

export function createDeadlines<Tx extends Transaction>({ transport, lostAfterMs, log }: DeadlinesDeps<Tx>, leaseToken: string): Deadlines {
  let confirmed: string[] = []
  let timer: NodeJS.Timeout | undefined

  const flush = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const ids = confirmed
    confirmed = []
    try {
      const change = { leaseToken: null, leaseUntil: (await transport.now()) + lostAfterMs }
      for (let first = 0; first < ids.length; first += batchSize) {
        const batch = ids.slice(first, first + batchSize)
        await transport.transaction((tx) => transport.writes.moveAll(tx, batch, { state: 'dispatched', leaseToken }, change))
      }
    } catch (error) {
      log.warn({ err: error }, 'messages that the broker has may be published a second time')
    }
  }

  return {
    extend: (ids) => {
      confirmed.push(...ids)
      timer ??= setTimeout(() => void flush(), laterMs).unref()
    },
    flush,
  }
}
