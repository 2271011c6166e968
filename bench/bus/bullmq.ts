/** BullMQ on a Redis with its defaults: a job that was answered may not have reached the disk. */
import { randomUUID } from 'node:crypto'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { redisUrl } from './bus-servers.ts'
import { driveBus } from './drive-bus.ts'

await driveBus(async ({ addresses, inHand }, onHandled) => {
  const name = `bench-${randomUUID()}`
  const connect = () => new Redis(redisUrl(addresses), { maxRetriesPerRequest: null })
  const [outward, inward] = [connect(), connect()]
  const queue = new Queue(name, { connection: outward, defaultJobOptions: { removeOnComplete: true } })
  const worker = new Worker(name, async () => undefined, { connection: inward, concurrency: inHand })
  worker.on('completed', onHandled)
  await worker.waitUntilReady()
  return {
    send: (note) => queue.add('note', note),
    [Symbol.asyncDispose]: async () => {
      await worker.close()
      await queue.obliterate({ force: true })
      await queue.close()
      await Promise.all([outward.quit(), inward.quit()])
    },
  }
})
