/** pg-boss, four workers that fetch in batches for as long as these come back full: each job is kept by a transaction of its own. */
import { randomUUID } from 'node:crypto'
import { PgBoss } from 'pg-boss'
import { postgresqlUrl } from './bus-servers.ts'
import { driveBus } from './drive-bus.ts'

const workers = 4

await driveBus(async ({ addresses, inHand }, onHandled) => {
  const name = `bench-${randomUUID()}`
  const boss = new PgBoss(postgresqlUrl(addresses))
  await boss.start()
  await boss.createQueue(name)
  const fetching = { localConcurrency: workers, batchSize: inHand / workers, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true }
  await boss.work(name, fetching, async (jobs) => {
    for (const _ of jobs) onHandled()
  })
  return {
    send: (note) => boss.send(name, note),
    [Symbol.asyncDispose]: () => boss.stop(),
  }
})
