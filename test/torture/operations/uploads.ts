import { json } from '../../service/send.ts'
import { bytesOf, newContent } from '../content.ts'
import { formOf, formType } from '../multipart.ts'
import type { Session } from '../session.ts'
import { addFile, compareView, type FileView, pickFile, somewhere } from './place.ts'

const plan = (session: Session, folderId = somewhere(session)) => ({
  name: session.newName('bin'),
  folderId,
  content: newContent(session.random),
})

type Planned = ReturnType<typeof plan>

const pathOf = ({ name, folderId }: Planned) => `/v1/files?name=${name}${folderId === null ? '' : `&folder=${folderId}`}`

const remember = (session: Session, planned: Planned, view: FileView) => compareView(session, addFile(session, view.id, planned), view)

export const upload = (session: Session) => uploadWhole(session, plan(session))

/** The connection is cut in the middle, then all of it is sent under the same key. */
export function uploadTwice(session: Session): Promise<void> {
  const planned = plan(session)
  return uploadWhole(session, planned, session.random.int(0, planned.content.size))
}

async function uploadWhole(session: Session, planned: Planned, cutAfterBytes?: number): Promise<void> {
  const body = () => bytesOf(planned.content)
  const cut = cutAfterBytes === undefined ? {} : { cutAfterBytes }
  const answered = await session.change({ method: 'POST', path: pathOf(planned), body, ...cut })
  if (answered.reply.status !== 201) return session.unexpected(answered)
  session.expectRows(answered, { exactly: ['file.created'] })
  remember(session, planned, json<FileView>(answered.reply))
}

export async function uploadForm(session: Session): Promise<void> {
  const folderId = somewhere(session)
  const planned = Array.from({ length: session.random.int(2, 4) }, () => plan(session, folderId))
  const body = () =>
    formOf(
      planned.map(({ name, content }) => ({ name, bytes: bytesOf(content) })),
      folderId,
    )
  const answered = await session.change({ method: 'POST', path: '/v1/files', contentType: formType, body })
  if (answered.reply.status !== 201) return session.unexpected(answered)
  session.expectRows(answered, { exactly: planned.map(() => 'file.created') })
  const { items } = json<{ items: FileView[] }>(answered.reply)
  for (const [index, one] of planned.entries()) {
    const view = items[index]
    if (view === undefined) session.unexpected(answered)
    else remember(session, one, view)
  }
}

/** A cut connection leaves the sender in doubt: it looks whether the file is there. */
export async function uploadWithoutKey(session: Session): Promise<void> {
  const planned = plan(session)
  const correlationId = planned.name
  const request = { method: 'POST', path: pathOf(planned), headers: { 'x-correlation-id': correlationId }, body: bytesOf(planned.content) }
  const reply = await session.attempt(request)
  const view = reply?.status === 201 ? json<FileView>(reply) : await findByName(session, planned.name)
  session.expectRows({ correlationId }, { exactly: view === undefined ? [] : ['file.created'] })
  if (view !== undefined) remember(session, planned, view)
}

async function findByName(session: Session, name: string): Promise<FileView | undefined> {
  return json<{ items: FileView[] }>(await session.get(`/v1/files?name=${name}`)).items[0]
}

/** Other bytes than announced: refused for good, and nothing is kept. */
export async function uploadRefused(session: Session): Promise<void> {
  const planned = plan(session)
  const path = `${pathOf(planned)}&sha256=${'0'.repeat(64)}`
  const answered = await session.change({ method: 'POST', path, body: () => bytesOf(planned.content) })
  if (answered.reply.status !== 422) session.unexpected(answered)
}

/** New bytes for a file. */
export async function replace(session: Session): Promise<void> {
  const file = pickFile(session, 'active')
  if (file === undefined) return
  const content = newContent(session.random)
  const answered = await session.change({ method: 'PUT', path: `/v1/files/${file.id}/content`, body: () => bytesOf(content) })
  if (answered.reply.status !== 200) return session.unexpected(answered)
  session.expectRows(answered, { exactly: ['file.replaced'] })
  Object.assign(file, { content, version: file.version + 1 })
  compareView(session, file, json<FileView>(answered.reply))
}
