import { setTimeout as pause } from 'node:timers/promises'
import { onFreePorts } from '../../tools/servers/free-ports.ts'
import { startNginx } from '../../tools/servers/nginx.ts'
import { commandLine, type Exit, type HoldfastProcess, startHoldfast } from '../service/holdfast-process.ts'
import { openHouse } from '../service/house.ts'
import { makeDatabase } from '../service/own-database.ts'
import { type LoadResult, steadyLoad } from './steady-load.ts'

export interface RollingOptions {
  /** The path of nginx. */
  readonly nginx: string
  /** Where there is none, SQLite. */
  readonly databaseServer: string | undefined
  readonly perSecond: number
  /** A machine that cannot answer them at this rate is sent no more at once. */
  readonly mostUnderWay?: number
  /** The load goes on at least so long. */
  readonly forMs: number
}

export interface RollingResult extends LoadResult {
  /** How each process ended that was replaced. */
  readonly exits: readonly Exit[]
}

/**
 * Two processes behind nginx and a worker, each replaced by another one while requests go on: nginx is told to leave one out before that one is told to
 * stop. Where the listening ends, connections that nobody has accepted yet are lost; a front that still sends there cannot know what became of them.
 */
export async function replaceProcesses({ nginx, databaseServer, perSecond, mostUnderWay, forMs }: RollingOptions): Promise<RollingResult> {
  await using opened = new AsyncDisposableStack()
  const database = databaseServer === undefined ? undefined : opened.use(await makeDatabase(databaseServer))
  const house = opened.use(
    await openHouse({
      HTTP_TRUSTED_PROXIES: '127.0.0.1',
      ...(database !== undefined && { DATABASE_URL: database.url }),
    }),
  )
  await house.process.stop()

  const start = async (role: 'serve' | 'work', port = 0) =>
    opened.use(
      await startHoldfast({
        dataDir: house.dataDir,
        settings: { ...house.settings, [role === 'serve' ? 'PORT' : 'HEALTH_PORT']: String(port) },
        command: [commandLine, role],
      }),
    )
  return await onFreePorts(3, async ([first = 0, second = 0, third = 0]) => {
    const places = [first, second].map((port) => ({ port, address: `127.0.0.1:${port}` }))
    const serving = new Map<number, HoldfastProcess>()
    for (const { port } of places) serving.set(port, await start('serve', port))
    const worker = await start('work', third)
    await using front = await startNginx({ program: nginx, servers: places.map(({ address }) => address) })

    const load = steadyLoad(front.url, house.account.apiKey, perSecond, mostUnderWay)
    const startedAt = performance.now()
    const exits: Exit[] = []
    for (const { port } of places) {
      const others = places.filter((place) => place.port !== port)
      await front.use(others.map(({ address }) => address))
      const process = serving.get(port)
      if (process !== undefined) exits.push(await process.stop())
      await start('serve', port)
      await front.use(places.map(({ address }) => address))
    }
    exits.push(await worker.stop())
    await start('work', third)
    await pause(Math.max(0, startedAt + forMs - performance.now()))
    return { ...(await load.end()), exits }
  })
}
