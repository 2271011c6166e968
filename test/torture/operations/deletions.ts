import { json } from '../../service/send.ts'
import { type Answered, inState, type KnownFile, placeOrTop, putInTrash, takeOutOfTrash } from '../ledger.ts'
import type { Session } from '../session.ts'
import { compareView, type FileView, pickFile } from './place.ts'

export async function trash(session: Session): Promise<void> {
  const file = pickFile(session, 'active')
  if (file === undefined) return
  const answered = await session.change({ method: 'DELETE', path: `/v1/files/${file.id}` })
  if (answered.reply.status !== 202) return session.unexpected(answered)
  session.expectRows(answered, { exactly: ['file.trashed'] })
  putInTrash(file, file.id, answered.sentAt)
  const { status } = await session.get(`/v1/files/${file.id}/content`)
  if (status !== 404) session.report('file.back', `${file.id} was deleted and its content answers ${status}`)
}

/** A repeated delete changes nothing. */
export async function trashAgain(session: Session): Promise<void> {
  const file = session.random.pick([...inState(session.ledger.files, 'trashed'), ...inState(session.ledger.files, 'gone')])
  if (file === undefined) return
  const answered = await session.change({ method: 'DELETE', path: `/v1/files/${file.id}` })
  if (answered.reply.status !== 204) session.unexpected(answered)
}

export async function restore(session: Session): Promise<void> {
  const file = pickFile(session, 'trashed')
  if (file === undefined) return
  const answered = await session.change({ method: 'POST', path: `/v1/files/${file.id}/restore` })
  if (answered.reply.status !== 200) return acceptTooLate(session, file, answered)
  session.expectRows(answered, { exactly: ['file.restored'] })
  takeOutOfTrash(file)
  file.folderId = placeOrTop(session.ledger, file.folderId)
  compareView(session, file, json<FileView>(answered.reply))
}

export async function erase(session: Session): Promise<void> {
  const file = pickFile(session, session.random.chance(0.5) ? 'active' : 'trashed')
  if (file === undefined) return
  const answered = await session.change({ method: 'POST', path: `/v1/files/${file.id}/erase` })
  if (answered.reply.status !== 200) return acceptTooLate(session, file, answered)
  session.expectRows(answered, { exactly: ['file.erasing', 'file.erased'] })
  session.ledger.receipts.push(answered.reply.body)
  file.state = 'gone'
}

/** It is being purged, or is: only after the grace. */
function acceptTooLate({ graceMs, report, unexpected }: Session, file: KnownFile, answered: Answered): void {
  const { code } = json<{ code: string }>(answered.reply)
  const early = file.trashSentAt + graceMs - answered.answeredAt
  if (file.state !== 'trashed' || (code !== 'file.purging' && code !== 'file.gone')) unexpected(answered)
  else if (early > 0) report('purge.early', `${file.id} is ${code} ${early} ms before its grace is over (${answered.correlationId})`)
  file.state = 'gone'
}

/** Erases everything of this client's in the trash. Which folders went along depends on purges that run at the same time. */
export async function emptyTrash(session: Session): Promise<void> {
  const { ledger } = session
  const answered = await session.change({ method: 'POST', path: '/v1/trash/empty' })
  if (answered.reply.status !== 200) return session.unexpected(answered)
  session.expectRows(answered, { only: ['file.erasing', 'file.erased', 'folder.purged'] })
  for (const file of inState(ledger.files, 'trashed')) file.state = 'gone'
  for (const folder of inState(ledger.folders, 'trashed')) folder.state = 'gone'
}
