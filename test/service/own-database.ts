import { randomUUID } from 'node:crypto'
import { createConnection } from 'mysql2/promise'

/** A database of one's own on a server that others use too; dropped afterwards. */
export interface OwnDatabase extends AsyncDisposable {
  readonly url: string
}

export async function makeDatabase(serverUrl: string): Promise<OwnDatabase> {
  const name = `holdfast_${randomUUID().replaceAll('-', '')}`
  await runOnServer(serverUrl, `CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
  return { url: `${serverUrl}/${name}`, [Symbol.asyncDispose]: () => runOnServer(serverUrl, `DROP DATABASE ${name}`) }
}

async function runOnServer(url: string, statement: string): Promise<void> {
  const connection = await createConnection(url)
  await connection.query(statement)
  await connection.end()
}
