import { setTimeout as pause } from 'node:timers/promises'
import type { HttpConnection } from './http-connection.ts'
import { type Measured, measure } from './measure.ts'

export interface Timing {
  readonly serverPid: number
  readonly warmUpSeconds: number
  readonly seconds: number
}

/**
 * Keeps every connection busy with one `send` after another, lets them warm up, and measures how far `count` rises within the time.
 * Ends when each has its last answer.
 */
export async function forAWhile(
  { serverPid, warmUpSeconds, seconds }: Timing,
  connections: readonly HttpConnection[],
  send: (connection: HttpConnection) => Promise<void>,
  count: () => number,
): Promise<Measured> {
  let goesOn = true
  const keepBusy = async (connection: HttpConnection) => {
    while (goesOn) await send(connection)
  }
  const busy = Promise.all(connections.map(keepBusy))
  await Promise.race([busy, pause(warmUpSeconds * 1000)])
  const measured = await measure(serverPid, async () => {
    const before = count()
    await Promise.race([busy, pause(seconds * 1000)])
    return count() - before
  })
  goesOn = false
  await busy
  for (const connection of connections) connection.close()
  return measured
}
