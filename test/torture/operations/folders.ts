import { json } from '../../service/send.ts'
import { activeTree, inState, type KnownFolder, placeOrTop, putInTrash, takeOutOfTrash } from '../ledger.ts'
import type { Session } from '../session.ts'
import { jsonRequest } from './changes.ts'
import { somewhere } from './place.ts'

interface FolderView {
  readonly id: string
  readonly name: string
  readonly parentId: string | null
}

const pickFolder = ({ random, ledger }: Session) => random.pick(inState(ledger.folders, 'active'))

export async function createFolder(session: Session): Promise<void> {
  const [name, parentId] = [session.newName('folder'), somewhere(session)]
  const answered = await session.change(jsonRequest('POST', '/v1/folders', { name, parentId }))
  if (answered.reply.status !== 201) return session.unexpected(answered)
  session.expectRows(answered, { exactly: ['folder.created'] })
  const { id } = json<FolderView>(answered.reply)
  session.ledger.folders.set(id, { id, name, parentId, state: 'active', trashRoot: undefined, trashSentAt: 0 })
}

export async function moveFolder(session: Session): Promise<void> {
  const folder = pickFolder(session)
  if (folder === undefined) return
  const parentId = somewhere(session)
  const isCycle = activeTree(session.ledger, folder).some(({ id }) => id === parentId)
  const answered = await session.change(jsonRequest('PATCH', `/v1/folders/${folder.id}`, { parentId }))
  if (answered.reply.status !== (isCycle ? 409 : 200)) return session.unexpected(answered)
  if (isCycle) return
  session.expectRows(answered, { exactly: ['folder.changed'] })
  folder.parentId = parentId
}

/** A folder goes with all that is in it. */
export async function trashFolder(session: Session): Promise<void> {
  const folder = pickFolder(session)
  if (folder === undefined) return
  const answered = await session.change({ method: 'DELETE', path: `/v1/folders/${folder.id}` })
  if (answered.reply.status !== 202) return session.unexpected(answered)
  const tree = activeTree(session.ledger, folder)
  const ids = new Set<string | null>(tree.map(({ id }) => id))
  const files = inState(session.ledger.files, 'active').filter(({ folderId }) => ids.has(folderId))
  session.expectRows(answered, { exactly: [...tree.map(() => 'folder.trashed'), ...files.map(() => 'file.trashed')] })
  for (const entry of [...tree, ...files]) putInTrash(entry, folder.id, answered.sentAt)
}

/** And comes back with all that its deletion took along, less what was restored or erased by itself. */
export async function restoreFolder(session: Session): Promise<void> {
  const { random, ledger, graceMs, report } = session
  const folder = random.pick(inState(ledger.folders, 'trashed').filter(({ id, trashRoot }) => id === trashRoot))
  if (folder === undefined) return
  const answered = await session.change({ method: 'POST', path: `/v1/folders/${folder.id}/restore` })
  if (answered.reply.status === 200) {
    const took = <Entry extends KnownFolder | { trashRoot: string | undefined }>({ trashRoot }: Entry) => trashRoot === folder.id
    const folders = inState(ledger.folders, 'trashed').filter(took)
    const files = inState(ledger.files, 'trashed').filter(took)
    session.expectRows(answered, { exactly: [...folders.map(() => 'folder.restored'), ...files.map(() => 'file.restored')] })
    folder.parentId = placeOrTop(ledger, folder.parentId)
    for (const entry of [...folders, ...files]) takeOutOfTrash(entry)
    return
  }
  const { code } = json<{ code: string }>(answered.reply)
  if (code !== 'folder.purging' && code !== 'folder.gone') return session.unexpected(answered)
  const early = folder.trashSentAt + graceMs - answered.answeredAt
  if (early > 0) report('purge.early', `folder ${folder.id} is ${code} ${early} ms before its grace is over (${answered.correlationId})`)
  folder.state = 'gone'
}
