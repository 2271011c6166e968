import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'

/** What is under way or waits for its time. */
const unsettled = `SELECT
  (SELECT COUNT(*) FROM message WHERE state IN ('pending', 'leased')) +
  (SELECT COUNT(*) FROM file WHERE state IN ('trashed', 'purging', 'erasing')) +
  (SELECT COUNT(*) FROM folder WHERE state = 'trashed') AS left`

const unlinked = 'SELECT COUNT(*) AS left FROM audit WHERE id NOT IN (SELECT audit_id FROM audit_link)'

/** Until nothing is left to do, or the time is over: what is left then is a finding. The audit's chain is waited for where it matters. */
export async function settle(dataDir: string, withinMs: number, withChain: boolean): Promise<void> {
  using database = open(dataDir)
  const count = (text: string) => Number(database.prepare(text).get()?.['left'])
  const until = performance.now() + withinMs
  while (count(unsettled) + (withChain ? count(unlinked) : 0) > 0 && performance.now() < until) await pause(200)
}

function open(dataDir: string): DatabaseSync & Disposable {
  return new DatabaseSync(`${dataDir}/holdfast.db`, { readOnly: true, timeout: 10_000 })
}
