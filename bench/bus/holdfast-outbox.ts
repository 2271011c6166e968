/** Every guarantee on: a row in MariaDB in a transaction of its own, relay and confirm, quorum queue, receipt. */
import { driveBus } from './drive-bus.ts'
import { openHoldfast } from './holdfast-bus.ts'

await driveBus(async (plan, onHandled) => {
  const { database, messenger, note, ...rest } = await openHoldfast(plan, onHandled)
  return { ...rest, send: (payload) => database.transaction((tx) => messenger.outbox(tx).dispatch(note, payload), { shared: true }) }
})
