import { type HousePlace, type HouseSql, openHouseSql } from '../../service/house-sql.ts'
import { openStoredBlobs, type StoredBlobs } from '../../service/stored-blobs.ts'

/** A house at rest, seen from outside: nothing of the service's own code is asked. */
export interface HouseAtRest extends AsyncDisposable {
  readonly blobs: StoredBlobs
  readonly graceMs: number
  readonly rows: HouseSql['rows']
}

export async function openHouseAtRest(place: HousePlace, graceMs: number): Promise<HouseAtRest> {
  const { rows, [Symbol.asyncDispose]: close } = await openHouseSql(place)
  return { blobs: openStoredBlobs(place), graceMs, rows, [Symbol.asyncDispose]: close }
}
