import { fileURLToPath } from 'node:url'
import { demandHouseKey } from '../../accounts/house-key.ts'
import { demandHouseStore } from '../../media/house-store.ts'
import { type Holdfast, openHoldfast } from '../app.ts'
import { type Config, loadConfig } from '../config.ts'
import { demandMigrated } from '../health.ts'

/** Where the `.env` files are. */
const root = fileURLToPath(new URL('../../../../..', import.meta.url))

export const readConfig = (): Config => loadConfig(root)

/** Opens Holdfast for one command. `migrated`: on a database of this version, with the keys and the blobs of the house. What it logs goes the way of the service's own lines only where it matters: warnings and worse. */
export async function withHoldfast<Result>(work: (holdfast: Holdfast) => Promise<Result>, options = { migrated: true }): Promise<Result> {
  await using holdfast = await openHoldfast({ ...readConfig(), logLevel: 'warn' })
  if (options.migrated) {
    await demandMigrated(holdfast)
    await demandHouseKey(holdfast)
    await demandHouseStore(holdfast)
  }
  return await work(holdfast)
}
