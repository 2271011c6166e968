import type { Database } from '@holdfast/database'
import type { Metrics } from '../http/metrics.ts'
import { addressed } from './addressed.ts'
import type { Config } from './config.ts'
import { watchDatabase } from './watched-database.ts'

interface OpenDatabaseDeps {
  readonly clock: (() => number) | undefined
  readonly metrics: Pick<Metrics, 'callsOf'>
}

/**
 * A clock that is given stands in for the database's own. SQLite has none but this machine's. A driver takes memory and time to load: only the
 * one that is needed is.
 */
export async function openDatabase(config: Config['database'], { clock, metrics }: OpenDatabaseDeps): Promise<Database> {
  return watchDatabase(await openEngine(config, clock), metrics.callsOf('database'))
}

async function openEngine(config: Config['database'], clock: OpenDatabaseDeps['clock']): Promise<Database> {
  const options = clock === undefined ? {} : { clock }
  if (config.engine === 'mysql') {
    const { openMysql } = await import('@holdfast/database/mysql')
    return addressed('DATABASE_URL', () => openMysql(config.urls, options))
  }
  return (await import('@holdfast/database/sqlite')).openSqlite(config.path, options)
}
