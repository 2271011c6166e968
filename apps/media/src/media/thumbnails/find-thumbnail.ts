import { UniqueViolation } from '@holdfast/database'
import { Failure } from '../../kernel/failure.ts'
import { demand, type Principal } from '../../kernel/principal.ts'
import type { InTransaction, Sql, Tx } from '../../kernel/tx.ts'
import { readFile, unknownFile } from '../file.ts'
import { makeThumbnails } from '../messages.ts'
import { type FindMadeDeps, findMade, type Thumbnail } from './made-thumbnail.ts'
import { findPicture, missingProgram, type PictureRow } from './picture.ts'
import { type ThumbnailFormat, thumbnailFormats, type WantedThumbnail } from './thumbnailer.ts'

export interface FindThumbnailDeps extends FindMadeDeps {
  readonly inTransaction: InTransaction
  readonly thumbnailSizes: Readonly<Record<string, number>>
  readonly now: () => number
}

/** What was asked for this long ago and is not there is asked for again. */
const askAgainMs = 60_000

/**
 * A thumbnail of an active file in one of these formats, which are equally good: one that is there, or undefined while the first is being
 * made. Throws `file.unknown`, `thumbnail.size_unknown`, `thumbnail.none` and `thumbnail.refused`.
 */
export async function findThumbnail(
  deps: FindThumbnailDeps,
  principal: Principal,
  fileId: string,
  sizeName: string,
  formats: readonly ThumbnailFormat[],
): Promise<Thumbnail | undefined> {
  demand(principal, 'read')
  const file = await readFile(deps.read, principal, fileId)
  if (file.state !== 'active') throw unknownFile()
  const pixels = Object.hasOwn(deps.thumbnailSizes, sizeName) ? deps.thumbnailSizes[sizeName] : undefined
  if (pixels === undefined) throw unknownSize(deps)
  const made = await findMade(deps, file.blobId, pixels, formats)
  if (made !== undefined) return made
  const picture = await findPicture(deps.read, file.blobId)
  if (picture === undefined) throw new Failure('not_found', 'thumbnail.none', `there are no thumbnails of files of the kind ${file.kind}`)
  if (picture.refusal !== null) throw refused(picture, picture.refusal)
  await ask(deps, picture, { pixels, format: formats[0] ?? thumbnailFormats[0] })
  return undefined
}

const unknownSize = ({ thumbnailSizes }: FindThumbnailDeps) =>
  new Failure('not_found', 'thumbnail.size_unknown', `a thumbnail is one of ${Object.keys(thumbnailSizes).join(', ')}`)

function refused(picture: PictureRow, reason: string): Failure {
  const program = missingProgram(picture)
  return program === undefined
    ? new Failure('unprocessable', 'thumbnail.refused', 'no thumbnail can be made of this content', { extra: { reason } })
    : new Failure('not_found', 'thumbnail.none', `there are no thumbnails of such files here: ${program} is not installed`)
}

/** By a message, unless one is on its way. */
async function ask(deps: FindThumbnailDeps, { blob_id: blobId, due_at: dueAt, width }: PictureRow, wanted: WantedThumbnail): Promise<void> {
  const isComing = dueAt !== null && dueAt > deps.now() - askAgainMs
  const isMadeAnyway = width === null && wanted.format === thumbnailFormats[0]
  if (isComing && (isMadeAnyway || (await isNoted(deps.read, blobId, wanted)))) return
  try {
    await deps.inTransaction((tx) => note(tx, blobId, wanted))
  } catch (error) {
    // Another asks for the same at this moment.
    if (!(error instanceof UniqueViolation)) throw error
  }
}

async function isNoted(sql: Sql, sourceId: string, { pixels, format }: WantedThumbnail): Promise<boolean> {
  const key = [sourceId, pixels, format]
  return (await sql.get('SELECT 1 FROM thumbnail WHERE source_id = ? AND pixels = ? AND format = ?', key)) !== undefined
}

async function note(tx: Tx, blobId: string, wanted: WantedThumbnail): Promise<void> {
  const isNew = !(await isNoted(tx.sql, blobId, wanted))
  if (isNew) {
    await tx.sql.run('INSERT INTO thumbnail (source_id, pixels, format) VALUES (?, ?, ?)', [blobId, wanted.pixels, wanted.format])
  }
  const { changes } = await tx.sql.run(
    'UPDATE picture SET due_at = ? WHERE blob_id = ? AND refusal IS NULL AND (due_at IS NULL OR due_at <= ?)',
    [tx.now, blobId, isNew ? tx.now : tx.now - askAgainMs],
  )
  if (changes === 1) await tx.outbox.dispatch(makeThumbnails, { blobId })
}
