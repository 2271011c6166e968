/** graphile-worker, fetching and completing in batches: each job is kept by a transaction of its own, and removed when it was done. */
import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import { postgresqlUrl } from './bus-servers.ts'
import { driveBus } from './drive-bus.ts'

await driveBus(async ({ addresses, inHand }, onHandled) => {
  const connectionString = postgresqlUrl(addresses)
  const logger = new Logger(() => () => undefined)
  const batching = { concurrentJobs: inHand, localQueue: { size: inHand + 1 }, completeJobBatchDelay: 0 }
  const utils = await makeWorkerUtils({ connectionString, logger })
  await utils.migrate()
  const runner = await run({
    taskList: { note: onHandled },
    noHandleSignals: true,
    preset: { worker: { ...batching, connectionString, logger } },
  })
  return {
    send: (note) => utils.addJob('note', note),
    [Symbol.asyncDispose]: async () => {
      await runner.stop()
      await utils.release()
    },
  }
})
