import { json } from '../service/send.ts'
import type { HouseAtRest } from './audit/house.ts'
import { sha256 } from './content.ts'
import type { Report } from './findings.ts'
import { type ExpectedRows, inState, type KnownFile, type Ledger } from './ledger.ts'
import { compareView, type FileView } from './operations/place.ts'
import type { Session } from './session.ts'

/** Reads everything back that this client was told. For a house in which everything that was due is done. */
export async function readBack(session: Session): Promise<void> {
  const { ledger, report } = session
  for (const file of ledger.files.values()) await (file.state === 'active' ? readActive : readDeleted)(session, file)
  for (const folder of ledger.folders.values()) {
    const { status, body } = await session.get(`/v1/folders/${folder.id}`)
    const isThere = status === 200 && json<{ parentId: string | null }>({ status, body, headers: {} }).parentId === folder.parentId
    if (folder.state === 'active' && !isThere) report('file.lost', `folder ${folder.id}: ${status}`)
    if (folder.state !== 'active' && status !== 410) report('file.back', `folder ${folder.id} was deleted and answers ${status}`)
  }
  for (const answered of ledger.answers) await session.replay(answered)
}

async function readActive({ get, report }: Session, file: KnownFile): Promise<void> {
  const view = await get(`/v1/files/${file.id}`)
  if (view.status !== 200) return report('file.lost', `${file.id}: ${view.status} ${view.body}`)
  compareView({ report }, file, json<FileView>(view))
  const content = await get(`/v1/files/${file.id}/content`)
  if (content.status !== 200) report('file.lost', `${file.id}: its content answers ${content.status}`)
  else if (sha256(content.body) !== file.content.sha256) report('file.altered', `${file.id} has other bytes`)
}

async function readDeleted({ get, report }: Session, file: KnownFile): Promise<void> {
  const [view, content] = [await get(`/v1/files/${file.id}`), await get(`/v1/files/${file.id}/content`)]
  if (view.status !== 410 || content.status !== 404) {
    report('file.back', `${file.id} was deleted and its grace is over: it answers ${view.status}, its content ${content.status}`)
  }
}

/** What is listed is what the clients of a tenant were told, together. */
export async function compareList(sessions: readonly Session[], report: Report): Promise<void> {
  const [first] = sessions
  if (first === undefined) return
  const listed = new Set<string>()
  for (let cursor: string | null = ''; cursor !== null; ) {
    const reply = await first.get(`/v1/files?limit=1000${cursor && `&cursor=${cursor}`}`)
    if (reply.status !== 200) return report('list.wrong', `the list answers ${reply.status} ${reply.body}`)
    const page = json<{ items: FileView[]; next: string | null }>(reply)
    for (const { id } of page.items) listed.add(id)
    cursor = page.next
  }
  const known = new Set(sessions.flatMap(({ ledger }) => inState(ledger.files, 'active').map(({ id }) => id)))
  for (const id of known.difference(listed)) report('list.wrong', `${id} is not listed`)
  for (const id of listed.difference(known)) report('list.wrong', `${id} is listed and nobody was told of it`)
}

/** One effect for each request, by the audit rows under its correlation id. What the service does by itself later is under it too. */
export async function compareEffects({ rows }: HouseAtRest, ledgers: readonly Ledger[], report: Report): Promise<void> {
  // Attempts that came to nothing are told of, and are no effect.
  const found = Map.groupBy(
    await rows<{ correlation_id: string; action: string }>(
      `SELECT correlation_id, action FROM audit WHERE actor <> 'system' AND subject_kind IN ('file', 'folder')
          AND action NOT IN ('file.rejected', 'file.expired')`,
    ),
    ({ correlation_id: id }) => id,
  )
  for (const [correlationId, expected] of ledgers.flatMap((ledger) => [...ledger.expected])) {
    const actions = (found.get(correlationId) ?? []).map(({ action }) => action)
    found.delete(correlationId)
    if (!isExpected(actions, expected)) {
      report('effect.count', `${correlationId}: ${actions.sort()} and should be ${JSON.stringify(expected)}`)
    }
  }
  for (const id of found.keys()) report('effect.count', `nobody asked for what happened under ${id}`)
}

function isExpected(actions: readonly string[], expected: ExpectedRows): boolean {
  if ('only' in expected) return actions.every((action) => expected.only.includes(action))
  return JSON.stringify(actions.toSorted()) === JSON.stringify(expected.exactly.toSorted())
}
