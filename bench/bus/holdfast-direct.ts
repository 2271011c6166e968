/** Without a transaction: confirmed by the broker, no row, no receipt. */
import { driveBus } from './drive-bus.ts'
import { openHoldfast } from './holdfast-bus.ts'

await driveBus(async (plan, onHandled) => {
  const { messenger, note, ...rest } = await openHoldfast(plan, onHandled)
  return { ...rest, send: (payload) => messenger.send(note, payload) }
})
