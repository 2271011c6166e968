import type { Database } from '@holdfast/database'
import { openMysql } from '@holdfast/database/mysql'
import { openSqlite } from '@holdfast/database/sqlite'
import type { Config } from './config.ts'

/** A clock that is given stands in for the database's own. SQLite has none but this machine's. */
export function openDatabase(config: Config['database'], clock: (() => number) | undefined): Database {
  const options = clock === undefined ? {} : { clock }
  return config.engine === 'mysql' ? openMysql(config.urls, options) : openSqlite(config.path, options)
}
