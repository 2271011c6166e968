import type { Report } from '../findings.ts'
import type { HouseAtRest } from './house.ts'

interface Row {
  readonly subject_id: string
  readonly subject_kind: 'file' | 'folder'
  readonly action: string
  readonly at: number
}

/** Where an action leads from where. Written down once more here, on purpose: the service's own table is what is examined. */
const transitions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'file.created': { reserved: 'active' },
  'file.copied': { reserved: 'active' },
  'file.rejected': { reserved: 'rejected' },
  'file.expired': { reserved: 'expired' },
  'file.changed': { active: 'active' },
  'file.replaced': { active: 'active' },
  'file.trashed': { active: 'trashed' },
  'file.restored': { trashed: 'active' },
  'file.purging': { trashed: 'purging' },
  'file.purged': { purging: 'purged' },
  'file.erasing': { active: 'erasing', trashed: 'erasing' },
  'file.erased': { erasing: 'erased' },
  'folder.created': { reserved: 'active' },
  'folder.changed': { active: 'active' },
  'folder.trashed': { active: 'trashed' },
  'folder.restored': { trashed: 'active' },
  'folder.purged': { trashed: 'purged' },
}

/** The audit alone, read from its beginning, must lead each file and folder to the state that its row has, and no purge may be early. */
export async function checkTransitions({ rows, graceMs }: HouseAtRest, report: Report): Promise<void> {
  const told = Map.groupBy(
    await rows<Row>("SELECT subject_id, subject_kind, action, at FROM audit WHERE subject_kind IN ('file', 'folder') ORDER BY id"),
    ({ subject_id: id }) => id,
  )
  const entries = await rows<{ id: string; state: string; adopted: number }>(
    `SELECT file.id, file.state, file.state = 'expired' AND stored_blob.sha256 IS NOT NULL AS adopted FROM file JOIN stored_blob ON stored_blob.id = file.blob_id
      UNION ALL SELECT id, state, 0 FROM folder`,
  )
  for (const { id, state, adopted } of entries) {
    const story = told.get(id) ?? []
    told.delete(id)
    // The bytes of a reservation may go to a file that was there before: that file tells of it.
    if (adopted === 1 && story.length === 0) continue
    const led = follow(id, story, graceMs, report)
    if (led !== state) report('audit.transition', `${id} is ${state}, and its audit rows lead to ${led}: ${actionsOf(story)}`)
  }
  for (const [id, story] of told) report('audit.transition', `${id} is told of and is not there: ${actionsOf(story)}`)
}

const actionsOf = (story: readonly Row[]) => story.map(({ action }) => action).join(', ') || 'none'

function follow(id: string, story: readonly Row[], graceMs: number, report: Report): string {
  let state = 'reserved'
  let trashedAt = 0
  for (const { action, at } of story) {
    const next = transitions[action]?.[state]
    if (next === undefined) report('audit.transition', `${id} was ${state} when it is said to have been ${action}`)
    if (action.endsWith('.trashed')) trashedAt = at
    const early = trashedAt + graceMs - at
    if (action === 'file.purging' && early > 0) report('purge.early', `${id} was purged ${early} ms before its grace was over`)
    state = next ?? state
  }
  return state
}
