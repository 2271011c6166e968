import type { ObserveCall, PartCall } from '../../kernel/part-call.ts'
import type { RedisAddress } from './redis-address.ts'
import { openClient, type RedisClient, within } from './redis-client.ts'

/** Redis did not answer in time, refused, or is left alone for a while because it just did. */
class RedisUnavailable extends Error {
  override readonly name = 'RedisUnavailable'
}

export interface RedisConnectionDeps {
  /** The nodes, the preferred one first: the first one that takes a write is spoken to. */
  readonly addresses: readonly RedisAddress[]
  readonly observe: ObserveCall
  readonly log: { warn(detail: object, message: string): void; info(detail: object, message: string): void }
  readonly now: () => number
  /** What keeps a request waiting, at most: 100 ms by default. */
  readonly answerMs?: number
  /** 500 ms by default. */
  readonly connectMs?: number
}

export interface RedisConnection extends AsyncDisposable {
  /** Rejects with RedisUnavailable: at once, where it is away, and otherwise soon. */
  call<Answer>(name: string, command: (client: RedisClient) => Promise<Answer>): Promise<Answer>
  /** Tries to connect where it is away. Rejects with RedisUnavailable, with the reason. */
  check(): Promise<void>
  isAway(): boolean
}

const restMs = 1_000

/**
 * A connection that keeps nobody waiting. The first call that fails or is late closes it; then it is made anew beside the requests, a second later at the
 * earliest, and is back when a node has taken a write. Nothing is connected before it is needed.
 */
export function createRedisConnection(deps: RedisConnectionDeps): RedisConnection {
  const { addresses, observe, log, now, answerMs = 100, connectMs = 500 } = deps
  let client: RedisClient | undefined
  let connecting: Promise<void> | undefined
  let restsUntil = Number.NEGATIVE_INFINITY
  let isClosed = false
  let reason: unknown

  const lose = (lost: RedisClient, error: unknown): void => {
    if (client !== lost) return
    client = undefined
    restsUntil = now() + restMs
    reason = error
    log.warn({ err: error }, 'Redis does not answer: each process counts and remembers by itself')
    if (lost.isOpen) lost.destroy()
  }

  const connect = async (): Promise<void> => {
    for (const address of addresses) {
      const startedAt = performance.now()
      const tell = (outcome: PartCall['outcome']) => observe({ call: 'connect', outcome, durationMs: performance.now() - startedAt })
      try {
        const opened = await openClient(address, connectMs, lose)
        if (isClosed) return opened.destroy()
        client = opened
        log.info({}, 'Redis answers')
        return tell('done')
      } catch (error) {
        reason = error
        tell('failed')
      }
    }
    restsUntil = now() + restMs
  }

  const reconnect = (): Promise<void> => {
    connecting ??= connect().finally(() => {
      connecting = undefined
    })
    return connecting
  }

  const call: RedisConnection['call'] = async (name, command) => {
    const used = client
    if (used === undefined) {
      if (!isClosed && now() >= restsUntil) void reconnect()
      observe({ call: name, outcome: 'skipped', durationMs: 0 })
      throw unavailable(reason)
    }
    const startedAt = performance.now()
    const tell = (outcome: PartCall['outcome']) => observe({ call: name, outcome, durationMs: performance.now() - startedAt })
    try {
      const answer = await within(answerMs, command(used))
      tell('done')
      return answer
    } catch (error) {
      tell('failed')
      lose(used, error)
      throw unavailable(error)
    }
  }

  return {
    call,
    check: async () => {
      if (client === undefined) await reconnect()
      await call('ping', (connected) => connected.ping())
    },
    isAway: () => client === undefined,
    [Symbol.asyncDispose]: async () => {
      isClosed = true
      await connecting
      const last = client
      client = undefined
      last?.destroy()
    },
  }
}

/** Without an address: health tells it to whoever asks. */
function unavailable(cause: unknown): RedisUnavailable {
  if (!(cause instanceof Error)) return new RedisUnavailable('Redis is not connected yet')
  const why = 'code' in cause ? String(cause.code) : cause.message
  return new RedisUnavailable(`Redis cannot be used (${why})`, { cause })
}
