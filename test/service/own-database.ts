import { randomUUID } from 'node:crypto'
import { createConnection } from 'mysql2/promise'

/** A database of one's own on a server that others use too; dropped afterwards. */
export interface OwnDatabase extends AsyncDisposable {
  readonly url: string
}

/** `serverUrl`: `mysql://…`, several nodes of a cluster with commas between, as the database's `url` then has them. */
export async function makeDatabase(serverUrl: string): Promise<OwnDatabase> {
  const name = `holdfast_${randomUUID().replaceAll('-', '')}`
  const nodes = serverUrl.split(',')
  const [first = serverUrl] = nodes
  await runOnServer(first, `CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
  return {
    url: nodes.map((node) => `${node}/${name}`).join(','),
    [Symbol.asyncDispose]: () => runOnServer(first, `DROP DATABASE ${name}`),
  }
}

async function runOnServer(url: string, statement: string): Promise<void> {
  const connection = await createConnection(url)
  await connection.query(statement)
  await connection.end()
}
