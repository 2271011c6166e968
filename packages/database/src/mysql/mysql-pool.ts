import { DatabaseUnavailable } from '../sql.ts'
import type { MysqlConnection } from './mysql-connection.ts'

export interface PoolLimits {
  readonly maxConnections: number
  /** Who has waited this long for a connection hears DatabaseUnavailable. */
  readonly queueTimeoutMs: number
}

interface Waiter {
  readonly take: (connection: MysqlConnection) => void
  readonly refuse: (error: unknown) => void
}

/** Connections are opened when they are needed and kept; whoever finds none free waits in line. */
export class MysqlPool {
  readonly #connect: () => Promise<MysqlConnection>
  readonly #limits: PoolLimits
  readonly #idle: MysqlConnection[] = []
  readonly #waiting = new Set<Waiter>()
  readonly #used = new Set<Promise<unknown>>()
  #open = 0
  #isClosed = false

  constructor(connect: () => Promise<MysqlConnection>, limits: PoolLimits) {
    this.#connect = connect
    this.#limits = limits
  }

  /** Throws what `work` throws, and DatabaseUnavailable. */
  use<Result>(work: (connection: MysqlConnection) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) return Promise.reject(new Error('the database is closed'))
    const result = this.#lend(work)
    const settled: Promise<unknown> = result.catch(() => undefined).finally(() => this.#used.delete(settled))
    this.#used.add(settled)
    return result
  }

  /** Waits for what is in use. */
  async close(): Promise<void> {
    while (this.#used.size > 0) await Promise.all(this.#used)
    this.#isClosed = true
    await Promise.all(this.#idle.splice(0).map((connection) => connection.end()))
  }

  async #lend<Result>(work: (connection: MysqlConnection) => Promise<Result>): Promise<Result> {
    const connection = this.#takeIdle() ?? (await this.#waitForOne())
    try {
      return await work(connection)
    } finally {
      this.#giveBack(connection)
    }
  }

  #takeIdle(): MysqlConnection | undefined {
    for (;;) {
      const connection = this.#idle.pop()
      if (connection === undefined) return undefined
      connection.wake()
      if (!connection.isBroken) return connection
      this.#open--
    }
  }

  #waitForOne(): Promise<MysqlConnection> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter)
        reject(new DatabaseUnavailable('POOL_TIMEOUT'))
      }, this.#limits.queueTimeoutMs)
      const waiter: Waiter = {
        take: (connection) => {
          clearTimeout(timer)
          resolve(connection)
        },
        refuse: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      }
      this.#waiting.add(waiter)
      this.#openMore()
    })
  }

  #giveBack(connection: MysqlConnection): void {
    if (connection.isBroken) {
      this.#open--
      this.#openMore()
      return
    }
    const waiter = this.#nextWaiter()
    if (waiter !== undefined) waiter.take(connection)
    else this.#keep(connection)
  }

  #keep(connection: MysqlConnection): void {
    if (this.#isClosed) {
      // It was being opened for somebody who has given up since.
      connection.destroy('CLOSED')
      return
    }
    connection.rest()
    this.#idle.push(connection)
  }

  #openMore(): void {
    if (this.#waiting.size === 0 || this.#open >= this.#limits.maxConnections) return
    this.#open++
    this.#connect().then(
      (connection) => this.#giveBack(connection),
      (error: unknown) => {
        this.#open--
        this.#nextWaiter()?.refuse(error)
        this.#openMore()
      },
    )
  }

  #nextWaiter(): Waiter | undefined {
    const [waiter] = this.#waiting
    if (waiter !== undefined) this.#waiting.delete(waiter)
    return waiter
  }
}
