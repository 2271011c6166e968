import type { Sql, SqlTransaction } from '@holdfast/database'
import type { Outbox } from '@holdfast/messenger'

/** Rows, staged messages and audit rows commit or roll back together. Operations see this, never the live bus. */
export interface Tx {
  readonly sql: SqlTransaction
  readonly outbox: Outbox
  /** The database's clock when the transaction began, in milliseconds since 1970. */
  readonly now: number
  /** The story that this transaction belongs to. */
  readonly correlationId: string
  /** Tells other systems, and whoever listens, what happened to a file, when this commits. Absent where nobody is told. */
  readonly tell?: ((event: FileEvent) => Promise<void>) | undefined
  /** Whether an index beside the database follows what is searched. */
  readonly feedsIndex?: boolean
  /** For what an operator reads. A line about an effect is written once it is committed: `sql.afterCommit`. */
  readonly log: { info(detail: object, message: string): void }
}

export interface FileEvent {
  /** In the past tense: `file.trashed`. */
  readonly type: string
  readonly tenantId: string
  readonly fileId: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Settles when the outcome is durable. `work` does no I/O but SQL, and may be run again whole after a conflict. */
export type InTransaction = <Result>(work: (tx: Tx) => Promise<Result>) => Promise<Result>

export type { Sql }
