import type { Database } from '@holdfast/database'
import { createIdempotency } from '@holdfast/idempotency'
import { createSqlKeyStore } from '@holdfast/idempotency/sql'
import type { InTransaction, Tx } from '../kernel/tx.ts'
import type { CrashPoint } from '../media/crash-point.ts'
import type { Config } from './config.ts'

interface IdempotencyDeps {
  readonly database: Database
  readonly inTransaction: InTransaction
  readonly reached: CrashPoint
  readonly log: { warn(detail: object, message: string): void }
}

/** One effect per key, its answer in the transaction of the effect. */
export function openIdempotency(config: Config['idempotency'], { database, inTransaction, reached, log }: IdempotencyDeps) {
  return createIdempotency<Tx>({
    store: createSqlKeyStore({ read: database.read, sql: (tx: Tx) => tx.sql }),
    transaction: inTransaction,
    ...config,
    clock: () => database.now(),
    log,
    checkpoint: (name) => reached(`request.${name}`),
  })
}
