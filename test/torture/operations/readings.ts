import { json } from '../../service/send.ts'
import { bytesOf, sha256 } from '../content.ts'
import { inState } from '../ledger.ts'
import type { Session } from '../session.ts'
import { type FileView, pickFile } from './place.ts'

/** The bytes of an active file; of any other there are none. */
export async function download(session: Session): Promise<void> {
  const file = session.random.pick([...session.ledger.files.values()])
  if (file === undefined) return
  const { status, body } = await session.get(`/v1/files/${file.id}/content`)
  if (file.state !== 'active') {
    if (status !== 404) session.report('file.back', `${file.id} is ${file.state} and its content answers ${status}`)
  } else if (status !== 200) session.report('file.lost', `${file.id}: ${status} ${body.toString().slice(0, 300)}`)
  else if (sha256(body) !== file.content.sha256) session.report('file.altered', `${file.id} has other bytes`)
}

export async function downloadRange(session: Session): Promise<void> {
  const file = pickFile(session, 'active')
  if (file === undefined || file.content.size === 0) return
  const start = session.random.int(0, file.content.size - 1)
  const end = session.random.int(start, file.content.size - 1)
  const { status, body } = await session.get(`/v1/files/${file.id}/content`, { range: `bytes=${start}-${end}` })
  if (status !== 206) session.report('file.lost', `${file.id}: a range answers ${status}`)
  else if (!body.equals(bytesOf(file.content).subarray(start, end + 1))) session.report('file.altered', `${file.id}: ${start} to ${end}`)
}

/** A folder's files are those that were put there, and the top holds its own among those of others. */
export async function list({ random, ledger, report, get }: Session): Promise<void> {
  const folder = random.pick(inState(ledger.folders, 'active'))
  if (folder === undefined) return
  const { items } = json<{ items: FileView[] }>(await get(`/v1/files?folder=${folder.id}&limit=1000`))
  const shown = items.map(({ id }) => id).sort()
  const known = inState(ledger.files, 'active')
    .filter(({ folderId }) => folderId === folder.id)
    .map(({ id }) => id)
    .sort()
  if (JSON.stringify(shown) !== JSON.stringify(known)) report('list.wrong', `${folder.id} lists ${shown} and should list ${known}`)
}

/** An old request is sent again. */
export async function replay(session: Session): Promise<void> {
  const answered = session.random.pick(session.ledger.answers)
  if (answered !== undefined) await session.replay(answered)
}

/** The same key for something else. */
export async function reuseKey(session: Session): Promise<void> {
  const { random, ledger, report, attempt } = session
  const answered = random.pick(ledger.answers)
  if (answered === undefined) return
  const headers = { 'idempotency-key': answered.key, 'content-type': 'application/json' }
  const body = Buffer.from(JSON.stringify({ name: session.newName('never') }))
  const reply = await attempt({ method: 'POST', path: '/v1/folders', headers, body })
  if (reply === undefined || reply.status >= 500) return
  if (reply.status !== 422) report('answer.unexpected', `${answered.key} was used for two requests: ${reply.status}`)
}
