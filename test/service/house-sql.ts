import { DatabaseSync } from 'node:sqlite'
import { createConnection, type ResultSetHeader } from 'mysql2/promise'
import type { HoldfastOptions } from './holdfast-process.ts'

/** Where a house has its rows and bytes. */
export type HousePlace = Pick<HoldfastOptions, 'dataDir' | 'settings'>

type Value = string | number | null

/** The rows of a house, reached beside the service and by nothing of its code. */
export interface HouseSql extends AsyncDisposable {
  rows<Row>(text: string, ...values: readonly Value[]): Promise<Row[]>
  /** How many rows the statement changed. */
  run(text: string, ...values: readonly Value[]): Promise<number>
}

export async function openHouseSql({ dataDir, settings = {} }: HousePlace): Promise<HouseSql> {
  const { DATABASE_URL: url = 'sqlite:' } = settings
  return url.startsWith('mysql:') ? openServer(url) : openFile(`${dataDir}/holdfast.db`)
}

function openFile(path: string): HouseSql {
  const database = new DatabaseSync(path, { timeout: 10_000 })
  return {
    rows: async <Row>(text: string, ...values: readonly Value[]) =>
      database
        .prepare(text)
        .all(...values)
        .map((row) => ({ ...row }) as Row),
    run: async (text, ...values) => Number(database.prepare(text).run(...values).changes),
    [Symbol.asyncDispose]: async () => database.close(),
  }
}

async function openServer(url: string): Promise<HouseSql> {
  const [node = url] = url.split(',')
  const connection = await createConnection({ uri: node, decimalNumbers: true })
  const [cluster] = await connection.query("SHOW VARIABLES LIKE 'wsrep_sync_wait'")
  // The service may have written on another node.
  if (Array.isArray(cluster) && cluster.length > 0) await connection.query('SET SESSION wsrep_sync_wait = 7')
  return {
    rows: async <Row>(text: string, ...values: readonly Value[]) => {
      const [rows] = await connection.query(text, [...values])
      return rows as Row[]
    },
    run: async (text, ...values) => {
      const [{ affectedRows }] = await connection.query<ResultSetHeader>(text, [...values])
      return affectedRows
    },
    [Symbol.asyncDispose]: () => connection.end(),
  }
}
