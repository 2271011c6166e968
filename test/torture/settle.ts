import { setTimeout as pause } from 'node:timers/promises'
import { type HousePlace, type HouseSql, openHouseSql } from '../service/house-sql.ts'

/** What is under way or waits for its time. */
const unsettled = `SELECT
  (SELECT COUNT(*) FROM message WHERE state IN ('pending', 'dispatched', 'leased')) +
  (SELECT COUNT(*) FROM file WHERE state IN ('trashed', 'purging', 'erasing')) +
  (SELECT COUNT(*) FROM folder WHERE state = 'trashed') AS many`

const unlinked = 'SELECT COUNT(*) AS many FROM audit WHERE id NOT IN (SELECT audit_id FROM audit_link)'

/** They committed after others with greater ids: the next link is theirs. */
const overtaken = `${unlinked} AND id < (SELECT MAX(audit_id) FROM audit_link)`

/** Until nothing is left to do, or the time is over: what is left then is a finding. The end of the audit's chain is waited for where it matters. */
export async function settle(place: HousePlace, withinMs: number, withChain: boolean): Promise<void> {
  await using sql = await openHouseSql(place)
  const until = performance.now() + withinMs
  while ((await countLeft(sql, withChain)) > 0 && performance.now() < until) await pause(200)
}

async function countLeft({ rows }: HouseSql, withChain: boolean): Promise<number> {
  const counts = await Promise.all([unsettled, withChain ? unlinked : overtaken].map((text) => rows<{ many: number }>(text)))
  return counts.flat().reduce((sum, { many }) => sum + Number(many), 0)
}
