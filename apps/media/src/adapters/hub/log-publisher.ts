import type { Publisher } from '../../live/publisher.ts'
import { appendUpdate } from '../../live/update-log.ts'

/** Publishes to the hub of ours: it sends whatever is in the log. */
export const logPublisher: Publisher = {
  publish: (update, { inTransaction }) => inTransaction(async (tx) => void (await appendUpdate(tx, update))),
}
