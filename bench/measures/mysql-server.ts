import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { createConnection } from 'mysql2/promise'
import { type Database, startDatabase, whyNoDatabase } from '../../tools/servers/database.ts'

let server: Database | undefined

/** For `start` of a benchmark: a MariaDB or MySQL with the server's own defaults, on the same machine. Says why where none can be had. */
export async function startMysql(): Promise<AsyncDisposable | string> {
  const reason = await whyNoDatabase()
  if (reason !== false) return reason
  server = await startDatabase()
  return server
}

/** An empty database on the server that was started, for one round. Removed afterwards. */
export async function makeSchema(): Promise<{ readonly url: string } & AsyncDisposable> {
  if (server === undefined) throw new Error('the benchmark has not started its server')
  const { url } = server
  const name = `bench_${randomUUID().replaceAll('-', '')}`
  await query(url, `CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
  return {
    url: Object.assign(new URL(url), { pathname: `/${name}` }).href,
    [Symbol.asyncDispose]: () => query(url, `DROP DATABASE ${name}`),
  }
}

async function query(url: string, statement: string): Promise<void> {
  const { hostname, port } = new URL(url)
  const connection = await createConnection({ uri: url, stream: connect(Number(port), hostname) })
  await connection.query(statement)
  await connection.end()
}
