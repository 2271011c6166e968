import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { HoldfastOptions } from './holdfast-process.ts'

/** Where a house has its rows and bytes. */
export type HousePlace = Pick<HoldfastOptions, 'dataDir' | 'settings'>

/** The rows of a house, reached beside the service and by nothing of its code. */
export interface HouseSql extends AsyncDisposable {
  rows<Row>(text: string, ...values: readonly SQLInputValue[]): Promise<Row[]>
  /** How many rows the statement changed. */
  run(text: string, ...values: readonly SQLInputValue[]): Promise<number>
}

export async function openHouseSql({ dataDir }: HousePlace): Promise<HouseSql> {
  const database = new DatabaseSync(`${dataDir}/holdfast.db`, { timeout: 10_000 })
  return {
    rows: async <Row>(text: string, ...values: readonly SQLInputValue[]) =>
      database
        .prepare(text)
        .all(...values)
        .map((row) => ({ ...row }) as Row),
    run: async (text, ...values) => Number(database.prepare(text).run(...values).changes),
    [Symbol.asyncDispose]: async () => database.close(),
  }
}
