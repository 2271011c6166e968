import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { createConnection } from 'mysql2/promise'
import type { Migration } from '../index.ts'
import { splitStatements } from '../split-statements.ts'

type Connection = Awaited<ReturnType<typeof createConnection>>

/**
 * A database for one test. Making tables takes longer than most tests: those with the same migrations are used again, emptied, by whoever
 * has their lock. The lock ends with its process.
 */
export async function takeMysqlDatabase(server: string, migrations: readonly Migration[]) {
  const [first = server] = server.split(',')
  const { hostname, port } = new URL(first)
  const stream = connect(Number(port), hostname)
  const connection = await createConnection({ uri: first, stream, multipleStatements: true })
  const name = await lockFree(connection, schemaName(migrations))
  await connection.query(`CREATE DATABASE IF NOT EXISTS ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; USE ${name}`)
  if (migrations.length > 0) await empty(connection, migrations)
  // A test that fails half-way leaves it open: that must not keep its process from ending.
  stream.unref()
  return {
    url: server
      .split(',')
      .map((node) => Object.assign(new URL(node), { pathname: `/${name}` }).href)
      .join(','),
    remove: async () => {
      stream.ref()
      if (migrations.length === 0) await connection.query(`DROP DATABASE ${name}`)
      await connection.end()
    },
  }
}

function schemaName(migrations: readonly Migration[]): string {
  if (migrations.length === 0) return `holdfast_test_${process.pid}`
  const digest = createHash('sha256').update(JSON.stringify(migrations)).digest('hex')
  return `holdfast_test_${digest.slice(0, 12)}`
}

async function lockFree(connection: Connection, schema: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = `${schema}_${number}`
    const [rows] = await connection.query(`SELECT GET_LOCK('${name}', 0) AS taken`)
    if (Array.isArray(rows) && rows.some((row) => Reflect.get(row, 'taken') === 1)) return name
  }
}

/** But for what the migrations themselves put into tables. */
async function empty(connection: Connection, migrations: readonly Migration[]): Promise<void> {
  const [rows] = await connection.query(
    `SELECT table_name AS name, auto_increment AS next FROM information_schema.tables
      WHERE table_schema = DATABASE() AND table_name NOT LIKE 'migration%'`,
  )
  const tables = rows as { readonly name: string; readonly next: number | null }[]
  // To truncate takes as long as to make a table: only where numbers are to begin anew.
  const truncations = tables.filter(({ next }) => (next ?? 1) > 1).map(({ name }) => `TRUNCATE TABLE \`${name}\``)
  const deletions = tables.map(({ name }) => `DELETE FROM \`${name}\``)
  const first = migrations.flatMap(({ text }) => splitStatements(text)).filter((statement) => fills(statement, tables))
  await connection.query(['SET foreign_key_checks = 0', ...truncations, 'START TRANSACTION', ...deletions, ...first, 'COMMIT'].join('; '))
}

const fills = (statement: string, tables: readonly { readonly name: string }[]): boolean =>
  tables.some(({ name }) => statement.startsWith(`INSERT INTO ${name} `))
