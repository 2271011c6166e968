import { json } from '../../service/send.ts'
import { inState, type KnownFile } from '../ledger.ts'
import type { Session } from '../session.ts'
import { addFile, compareView, type FileView, pickFile, somewhere } from './place.ts'

export const rename = (session: Session) => patch(session, { name: session.newName('renamed') })
export const move = (session: Session) => patch(session, { folderId: somewhere(session) })
export const tag = (session: Session) =>
  patch(session, { tags: Array.from({ length: session.random.int(0, 4) }, (_, index) => `tag${index}`) })

async function patch(session: Session, change: Partial<Pick<KnownFile, 'name' | 'folderId' | 'tags'>>): Promise<void> {
  const file = pickFile(session, 'active')
  if (file === undefined) return
  const answered = await session.change(jsonRequest('PATCH', `/v1/files/${file.id}`, change))
  if (answered.reply.status !== 200) return session.unexpected(answered)
  session.expectRows(answered, { exactly: ['file.changed'] })
  Object.assign(file, change)
  compareView(session, file, json<FileView>(answered.reply))
}

/** A sibling's name, case aside, is taken. */
export async function clash(session: Session): Promise<void> {
  const file = pickFile(session, 'active')
  const siblings = inState(session.ledger.files, 'active').filter((other) => other !== file && other.folderId === file?.folderId)
  const sibling = session.random.pick(siblings)
  if (file === undefined || sibling === undefined) return
  const answered = await session.change(jsonRequest('PATCH', `/v1/files/${file.id}`, { name: sibling.name.toUpperCase() }))
  if (answered.reply.status !== 409) session.unexpected(answered)
}

export async function copy(session: Session): Promise<void> {
  const original = pickFile(session, 'active')
  if (original === undefined) return
  const [name, folderId] = [session.newName('copy'), somewhere(session)]
  const answered = await session.change(jsonRequest('POST', `/v1/files/${original.id}/copy`, { name, folderId }))
  if (answered.reply.status !== 201) return session.unexpected(answered)
  session.expectRows(answered, { exactly: ['file.copied'] })
  const view = json<FileView>(answered.reply)
  const { content, tags } = original
  compareView(session, Object.assign(addFile(session, view.id, { name, folderId, content }), { tags }), view)
}

export const jsonRequest = (method: string, path: string, value: unknown) => ({
  method,
  path,
  contentType: 'application/json',
  body: () => Buffer.from(JSON.stringify(value)),
})
