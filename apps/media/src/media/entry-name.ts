import { isDeepStrictEqual } from 'node:util'
import { UniqueViolation } from '@holdfast/database'
import { Failure } from '../kernel/failure.ts'
import type { Tx } from '../kernel/tx.ts'

const maxNameBytes = 255

// C0, DEL and C1 controls; separators, of lines too; and the marks that make text run backwards, with which `exe.jpg` can be told as `gpj.exe`.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const forbidden = /[\u0000-\u001f\u007f-\u009f/\\\u2028-\u202e\u2066-\u2069]/u

// Nothing of such a name can be seen: joiners, fillers, spaces of no width.
const invisible = /^\p{Default_Ignorable_Code_Point}+$/u

/** The name as it is kept: NFC. Throws `name.invalid` with what is wrong. */
export function parseEntryName(text: string): string {
  const name = text.normalize('NFC')
  const wrong = whatIsWrong(name)
  if (wrong !== undefined) throw new Failure('unprocessable', 'name.invalid', `the name ${wrong}`)
  return name
}

function whatIsWrong(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (!name.isWellFormed()) return 'is not well-formed Unicode'
  if (Buffer.byteLength(name) > maxNameBytes) return `is longer than ${maxNameBytes} bytes`
  if (name === '.' || name === '..') return 'is reserved'
  if (name !== name.trim()) return 'begins or ends with white space'
  if (invisible.test(name)) return 'has no visible character'
  if (forbidden.test(name)) return 'holds a separator, a control character or a mark that turns its direction'
  return undefined
}

/** What makes two names the same: case aside, after NFC. By way of upper case, where `ß` and `ſ` have partners; `ẞ` has its own below. */
export const nameKey = (name: string): string => name.toLowerCase().toUpperCase().toLowerCase().normalize('NFC')

export interface NamedEntry {
  readonly id: string
  readonly tenantId: string
  readonly ownerId: string
  readonly parentId: string | null
  readonly name: string
  readonly private: boolean
}

/** Takes the name among the entry's siblings, in place of the one that it held as it was before. Throws `name.taken`. */
export async function claimName(tx: Tx, entry: NamedEntry, before?: NamedEntry): Promise<void> {
  const claimed = placeOf(entry)
  if (before !== undefined) {
    if (isDeepStrictEqual(claimed, placeOf(before))) return
    await releaseName(tx, entry.id)
  }
  try {
    await tx.sql.run('INSERT INTO sibling_name (tenant_id, parent_id, audience, name_key, entry_id) VALUES (?, ?, ?, ?, ?)', [
      ...claimed,
      entry.id,
    ])
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error
    throw new Failure('conflict', 'name.taken', 'an entry beside it has that name, case aside', { cause: error })
  }
}

/** Tenant, parent, audience, and the name's key: each is one entry's. */
const placeOf = ({ tenantId, parentId, ownerId, name, ...entry }: NamedEntry): readonly string[] => [
  tenantId,
  parentId ?? '',
  entry.private ? ownerId : '',
  nameKey(name),
]

export async function releaseName(tx: Tx, entryId: string): Promise<void> {
  await tx.sql.run('DELETE FROM sibling_name WHERE entry_id = ?', [entryId])
}
