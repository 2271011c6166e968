import type { Tx } from '../kernel/tx.ts'
import type { Update } from './update.ts'

export interface PublishOptions {
  readonly signal: AbortSignal
  /** For what is kept in the database: it commits together with whatever else belongs to this. */
  readonly inTransaction: (work: (tx: Tx) => Promise<void>) => Promise<void>
}

/** Brings updates to the hub. */
export interface Publisher {
  /** Resolves when the hub has it. An update may be published again under its id. Throws NotPublished. */
  publish(update: Update, options: PublishOptions): Promise<void>
}

/** A publisher whose hub is elsewhere. */
export interface RemotePublisher extends Publisher {
  /** Rejects, with the reason, where nothing could be published now. Nobody is sent anything. */
  check(): Promise<void>
}

/** `away`: nothing can be published now. `refused`: this update never. */
export type PublishFault = 'away' | 'refused'

export class NotPublished extends Error {
  override readonly name = 'NotPublished'
  readonly fault: PublishFault

  constructor(fault: PublishFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}
