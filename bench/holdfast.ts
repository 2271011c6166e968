import { openHouse } from '../test/service/house.ts'
import type { ServerProcess } from './processes.ts'

export interface HoldfastProcess extends ServerProcess {
  /** What a request needs. */
  readonly headers: Readonly<Record<string, string>>
}

/** `holdfast run` as it comes, on a free port, with `folder` for its data; it logs as in production. */
export async function startHoldfast(folder: string, settings: Readonly<Record<string, string>> = {}): Promise<HoldfastProcess> {
  const house = await openHouse(settings, { dataDir: folder })
  const { pid, url } = house.process
  return {
    pid,
    url,
    headers: { authorization: `Bearer ${house.account.apiKey}` },
    [Symbol.asyncDispose]: () => house[Symbol.asyncDispose](),
  }
}
