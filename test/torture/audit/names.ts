import type { Report } from '../findings.ts'
import type { HouseAtRest } from './house.ts'

interface NameRow {
  readonly entry_id: string
  readonly parent_id: string
  readonly name_key: string
}

/** Each active entry holds its own name in its own place; nothing else holds one. Tags are told twice alike. */
export async function checkNames({ rows }: HouseAtRest, report: Report): Promise<void> {
  const active = await rows<NameRow>(
    `SELECT id AS entry_id, COALESCE(folder_id, '') AS parent_id, name_key FROM file WHERE state = 'active'
      UNION ALL SELECT id, COALESCE(parent_id, ''), name_key FROM folder WHERE state = 'active'`,
  )
  const claims = new Map((await rows<NameRow>('SELECT entry_id, parent_id, name_key FROM sibling_name')).map((row) => [row.entry_id, row]))
  for (const { entry_id: id, parent_id: parentId, name_key: nameKey } of active) {
    const claim = claims.get(id)
    claims.delete(id)
    if (claim?.parent_id !== parentId || claim.name_key !== nameKey) report('name.claim', `${id} does not hold its name`)
  }
  for (const id of claims.keys()) report('name.claim', `${id} holds a name and is not active`)
  await checkTags(rows, report)
}

async function checkTags(rows: HouseAtRest['rows'], report: Report): Promise<void> {
  const told = Map.groupBy(await rows<{ file_id: string; tag: string }>('SELECT file_id, tag FROM file_tag'), ({ file_id: id }) => id)
  for (const { id, tags } of await rows<{ id: string; tags: string }>('SELECT id, tags FROM file')) {
    const own = (JSON.parse(tags) as string[]).sort()
    const found = (told.get(id) ?? []).map(({ tag }) => tag).sort()
    if (JSON.stringify(own) !== JSON.stringify(found)) report('file.altered', `${id} has the tags ${own} and is found by ${found}`)
  }
}
