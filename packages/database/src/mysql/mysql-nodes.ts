import { DatabaseUnavailable } from '../sql.ts'
import type { MysqlAddress } from './mysql-address.ts'
import { type ConnectionLimits, type ConnectionUse, MysqlConnection } from './mysql-connection.ts'

/** The nodes of one database. All connections of a process go to one of them while it lives: fewer conflicts at COMMIT than spread over all. */
export class MysqlNodes {
  readonly #addresses: readonly MysqlAddress[]
  readonly #limits: ConnectionLimits
  readonly #probes = new Map<MysqlAddress, Promise<boolean>>()
  #current = 0

  constructor(addresses: readonly MysqlAddress[], limits: ConnectionLimits) {
    this.#addresses = addresses
    this.#limits = limits
  }

  /** To the node that served last, or the next one that does. Throws the first node's DatabaseUnavailable when none does. */
  async connect(use: ConnectionUse): Promise<MysqlConnection> {
    const first = this.#current
    const failures: DatabaseUnavailable[] = []
    for (const step of this.#addresses.keys()) {
      const at = (first + step) % this.#addresses.length
      const address = this.#addresses[at]
      if (address === undefined) break
      try {
        const connection = await MysqlConnection.open(address, use, this.#limits, () => this.#isAlive(address))
        this.#current = at
        return connection
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable)) throw error
        failures.push(error)
      }
    }
    throw failures[0] ?? new DatabaseUnavailable('NO_NODES')
  }

  /** Asked by several at once it asks once. */
  async #isAlive(address: MysqlAddress): Promise<boolean> {
    const probe = this.#probes.get(address) ?? this.#probe(address)
    this.#probes.set(address, probe)
    const isAlive = await probe
    this.#probes.delete(address)
    return isAlive
  }

  async #probe(address: MysqlAddress): Promise<boolean> {
    try {
      const connection = await MysqlConnection.open(address, 'read', this.#limits, async () => true)
      connection.destroy('CLOSED')
      return true
    } catch {
      return false
    }
  }
}
