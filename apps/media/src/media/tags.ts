import { Failure } from '../kernel/failure.ts'
import type { Tx } from '../kernel/tx.ts'

const maxTags = 50
const maxTagLength = 64

/** Trimmed, NFC, each once, in the order given. Throws `file.tags_invalid`. */
export function parseTags(tags: readonly string[]): string[] {
  const parsed = [...new Set(tags.map((tag) => tag.normalize('NFC').trim()))]
  const wrong =
    parsed.length > maxTags || parsed.some((tag) => tag === '' || tag.length > maxTagLength || /\p{Cc}/u.test(tag) || !tag.isWellFormed())
  if (wrong) {
    throw new Failure(
      'unprocessable',
      'file.tags_invalid',
      `a file has at most ${maxTags} tags of 1 to ${maxTagLength} characters without controls`,
    )
  }
  return parsed
}

/** The rows that look-ups by tag read; the file's own row holds the same as JSON. */
export async function writeTags(tx: Tx, fileId: string, tags: readonly string[]): Promise<void> {
  await tx.sql.run('DELETE FROM file_tag WHERE file_id = ?', [fileId])
  for (const tag of tags) await tx.sql.run('INSERT INTO file_tag (file_id, tag) VALUES (?, ?)', [fileId, tag])
}
