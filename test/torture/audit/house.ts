import { DatabaseSync } from 'node:sqlite'

/** A house at rest, seen from outside: nothing of the service's own code is asked. */
export interface HouseAtRest extends Disposable {
  readonly blobsDir: string
  readonly graceMs: number
  rows<Row>(text: string): Row[]
}

export function openHouseAtRest(dataDir: string, graceMs: number): HouseAtRest {
  const database = new DatabaseSync(`${dataDir}/holdfast.db`, { readOnly: true })
  return {
    blobsDir: `${dataDir}/blobs`,
    graceMs,
    rows: <Row>(text: string) => database.prepare(text).all() as Row[],
    [Symbol.dispose]: () => database.close(),
  }
}
