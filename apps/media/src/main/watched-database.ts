import { type Database, DatabaseUnavailable, type Sql } from '@holdfast/database'
import { type ObserveCall, watchCalls } from '../kernel/part-call.ts'

/** Tells of each transaction, from its wait for the writer to its COMMIT, and of each read outside of one. What the work in it throws is no failure. */
export function watchDatabase(database: Database, observe: ObserveCall): Database {
  const watch = watchCalls(observe, (error) => error instanceof DatabaseUnavailable)
  const { read } = database
  const watchedRead: Sql = {
    all: (text, values) => watch('read', () => read.all(text, values)),
    get: (text, values) => watch('read', () => read.get(text, values)),
    run: (text, values) => watch('read', () => read.run(text, values)),
  }
  return {
    ...database,
    read: watchedRead,
    transaction: (work, options) => watch('transaction', () => database.transaction(work, options)),
  }
}
