import type { Sql } from '@holdfast/database'
import type { ComposeDeps, Composed } from './compose.ts'
import { formatInstant, type InEach } from './language.ts'
import { findRecipient } from './recipient.ts'

/** Which of a user's files: those that one mail tells of. Milliseconds since 1970. */
export interface ComingPurges {
  readonly userId: string
  readonly dueUntil: number
  readonly toldAt: number
  readonly toldUntil: number
}

/**
 * Of files: in the trash and on their way out, and still to be seen by their owner, who may have lost sight of them in somebody's private folder.
 * What was put there since the last mail was not in it, however soon it is due.
 */
export const isComing = `file.state = 'trashed' AND file.purge_at <= ? AND file.legal_hold_at IS NULL
  AND (file.visible_to IS NULL OR file.visible_to = file.owner_id)`

interface Facts {
  readonly name: string
  readonly count: number
  readonly firstAt: string
  readonly files: readonly string[]
  readonly more: number
  readonly url: string
}

const words: InEach<(facts: Facts) => Composed['letter']> = {
  en: ({ name, count, firstAt, files, more, url }) => ({
    subject: count === 1 ? 'A file of yours will soon be deleted for good' : `${count} files of yours will soon be deleted for good`,
    body: [
      `Hello ${name},`,
      `from ${firstAt} on, these files of yours leave the trash at ${url} for good:`,
      more === 0 ? files : [...files, `and ${more} more`],
      'Until then you can restore them.',
    ],
  }),
  fr: ({ name, count, firstAt, files, more, url }) => ({
    subject:
      count === 1
        ? 'Un de vos fichiers sera bientôt supprimé pour de bon'
        : `${count} de vos fichiers seront bientôt supprimés pour de bon`,
    body: [
      `Bonjour ${name},`,
      `à partir du ${firstAt}, ces fichiers à vous quitteront pour de bon la corbeille de ${url} :`,
      more === 0 ? files : [...files, `et ${more} de plus`],
      'D’ici là, vous pouvez les restaurer.',
    ],
  }),
}

const maxNames = 20

/** To the owner; undefined where nothing is left to tell, since all was restored or erased. */
export async function composePurgeComing(deps: ComposeDeps, purges: ComingPurges): Promise<Composed | undefined> {
  const { read, language, url } = deps
  const to = await findRecipient(read, purges.userId)
  if (to === undefined) return undefined
  const { count, firstAt } = await countComing(read, purges)
  if (firstAt === null) return undefined
  const files = await namesOf(read, purges)
  const facts = { name: to.name, count, files, more: count - files.length, url, firstAt: formatInstant(language, firstAt) }
  return { to, letter: words[language](facts) }
}

const ofUser = `${isComing} AND file.owner_id = ? AND (file.trashed_at >= ? OR file.purge_at > ?)`
const valuesOf = ({ dueUntil, userId, toldAt, toldUntil }: ComingPurges) => [dueUntil, userId, toldAt, toldUntil]

async function countComing(sql: Sql, purges: ComingPurges): Promise<{ count: number; firstAt: number | null }> {
  const row = await sql.get<{ files: number; firstAt: number | null }>(
    `SELECT COUNT(*) AS files, MIN(purge_at) AS firstAt FROM file WHERE ${ofUser}`,
    valuesOf(purges),
  )
  return { count: Number(row?.files ?? 0), firstAt: row?.firstAt ?? null }
}

async function namesOf(sql: Sql, purges: ComingPurges): Promise<string[]> {
  const rows = await sql.all<{ name: string | null }>(`SELECT name FROM file WHERE ${ofUser} ORDER BY purge_at, name LIMIT ?`, [
    ...valuesOf(purges),
    maxNames,
  ])
  return rows.map(({ name }) => name ?? '')
}
