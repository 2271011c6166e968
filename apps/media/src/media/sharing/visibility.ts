import type { SqlValue } from '@holdfast/database'
import type { Principal } from '../../kernel/principal.ts'

/**
 * Who may see an entry: the whole tenant where nothing on its way down the tree is private; else its owner, and those it is shared with. A share
 * of a folder goes down the tree too, as far as the next private entry. For folders that is written down, so that of a file only its own shares
 * and those of its folder need to be looked at.
 */

/** For the WHERE of a statement. */
export interface Condition {
  readonly text: string
  readonly values: readonly SqlValue[]
}

/** Counted, which is a look-up by the primary key for each row: what EXISTS asks MariaDB answers by reading all shares of the user first. */
const shared = (entryId: string) =>
  `(SELECT COUNT(*) FROM entry_share WHERE entry_share.entry_id = ${entryId} AND entry_share.user_id = ?) > 0`

/** Of a statement that reads `folder`. */
export const seenFolders = ({ userId }: Principal): Condition => ({
  text: `(folder.visible_to IS NULL OR folder.visible_to = ? OR ${shared('folder.id')})`,
  values: [userId, userId],
})

/** By its folder a file is shared where it is not private itself, and belongs to whom the folder belongs to. */
const sharedByFolder = `(file.is_private = 0 AND (SELECT COUNT(*) FROM entry_share
  WHERE entry_share.entry_id = file.folder_id AND entry_share.user_id = ? AND entry_share.owner_id = file.owner_id) > 0)`

/** Of a statement that reads `file`. */
export const seenFiles = ({ userId }: Principal): Condition => ({
  text: `(file.visible_to IS NULL OR file.visible_to = ? OR ${shared('file.id')} OR ${sharedByFolder})`,
  values: [userId, userId, userId],
})
