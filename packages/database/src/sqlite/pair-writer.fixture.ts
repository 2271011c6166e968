import { writeSync } from 'node:fs'
import { openSqlite } from './sqlite-database.ts'

// A process for the tests of several: writes `count` pairs of rows, many at once, and prints the number of each that is committed.
const [path = '', first = '0', count = '0'] = process.argv.slice(2)
const database = openSqlite(path)
const numbers = Array.from({ length: Number(count) }, (_, at) => Number(first) + at)

await Promise.all(
  numbers.map(async (number) => {
    await database.transaction(async (tx) => {
      await tx.run('INSERT INTO pair (number, half) VALUES (?, 1)', [number])
      await tx.run('UPDATE counter SET value = value + 1')
      await tx.run('INSERT INTO pair (number, half) VALUES (?, 2)', [number])
    })
    writeSync(1, `${number}\n`)
  }),
)
await database.close()
