import type { SqlTransaction } from '@holdfast/database'
import { openTestUrl } from '@holdfast/database/testing'
import { createIdempotency, type KeyedRequest } from '../index.ts'
import { createSqlKeyStore } from './sql-key-store.ts'

// A process for the crash tests: runs one request with a key and kills itself at the named step.
const [url = '', claim, step] = process.argv.slice(2)
const database = openTestUrl(url)
const idempotency = createIdempotency<SqlTransaction>({
  store: createSqlKeyStore({ read: database.read, sql: (tx: SqlTransaction) => tx }),
  transaction: (work) => database.transaction(work, { shared: true }),
  ttlMs: 60_000,
  async checkpoint(at) {
    if (at !== step) return
    process.kill(process.pid, 'SIGKILL')
    await new Promise(() => {})
  },
})
const request: KeyedRequest = {
  scope: { tenant: 'tenant', principal: 'principal' },
  key: 'key',
  headDigest: 'head',
  bodyDigest: 'body',
  claim: claim === 'before' ? 'before' : 'with-effect',
  problem: () => ({ status: 500 }),
}
await idempotency.runOnce(request, ({ commit }) =>
  commit(async (tx) => {
    await tx.run("INSERT INTO note (text) VALUES ('killed')")
    return { status: 201, body: 'killed' }
  }),
)
await database.close()
