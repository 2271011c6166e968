/** The limit: each message persistent and confirmed, in a quorum queue, acknowledged by hand. */
import { randomUUID } from 'node:crypto'
import { connect } from 'amqplib'
import { amqpUrl } from './bus-servers.ts'
import { driveBus } from './drive-bus.ts'

await driveBus(async ({ addresses, inHand }, onHandled) => {
  const queue = `bench-${randomUUID()}`
  const [publishing, consuming] = await Promise.all([connect(amqpUrl(addresses)), connect(amqpUrl(addresses))])
  const [outward, inward] = [await publishing.createConfirmChannel(), await consuming.createChannel()]
  await inward.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
  await inward.prefetch(inHand)
  await inward.consume(queue, (message) => {
    if (message === null) return
    JSON.parse(message.content.toString())
    inward.ack(message)
    onHandled()
  })
  return {
    send: (note) =>
      new Promise<void>((resolve, reject) => {
        const confirmed = (error: Error | null) => (error === null ? resolve() : reject(error))
        outward.publish('', queue, Buffer.from(JSON.stringify(note)), { persistent: true, mandatory: true }, confirmed)
      }),
    [Symbol.asyncDispose]: async () => {
      await inward.deleteQueue(queue)
      await Promise.all([publishing.close(), consuming.close()])
    },
  }
})
