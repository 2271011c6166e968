/** Prints the table of periodic work: what the clock brings, and how often. */
import { settings } from '../apps/media/src/main/settings.ts'
import { type CronDeps, cron } from '../apps/media/src/worker/cron.ts'

/** Nothing of it is run here. */
const nothing = {} as CronDeps
for (const { name, everyMs } of cron(nothing, Number(settings.sweepEveryMs.defaultText) * 1_000)) {
  const seconds = everyMs / 1_000
  console.log(`${name.padEnd(20)} every ${seconds < 60 ? `${seconds} s` : `${seconds / 60} min`}`)
}
