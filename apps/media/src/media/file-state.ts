import { Failure } from '../kernel/failure.ts'
import type { Tx } from '../kernel/tx.ts'

/**
 * The life of a file. RESERVED holds a blob that bytes are arriving for; PURGING and ERASING are decided and cannot be undone, only
 * finished; the states without moves are ends.
 */
const moves = {
  reserved: { bytesStored: 'active', refused: 'rejected', timeRanOut: 'expired' },
  active: { trash: 'trashed', erase: 'erasing' },
  trashed: { restore: 'active', startPurge: 'purging', erase: 'erasing' },
  purging: { bytesDeleted: 'purged' },
  erasing: { bytesDeleted: 'erased' },
  purged: {},
  erased: {},
  rejected: {},
  expired: {},
} as const satisfies Record<string, Readonly<Record<string, string>>>

export type FileState = keyof typeof moves
export type FileMove = { [State in FileState]: keyof (typeof moves)[State] }[FileState]

/** The state after `move`, or undefined where the table has no such row. */
export function nextFileState(from: FileState, move: FileMove): FileState | undefined {
  const open: Readonly<Partial<Record<string, FileState>>> = moves[from]
  return open[move]
}

/** Compare-and-set. False when the row was no longer in `from`. Throws `file.illegal_move` where the table has no such move. */
export async function moveFile(tx: Tx, fileId: string, from: FileState, move: FileMove): Promise<boolean> {
  const to = nextFileState(from, move)
  if (to === undefined) throw new Failure('conflict', 'file.illegal_move', `a file that is ${from} cannot do this`)
  const { changes } = await tx.sql.run('UPDATE file SET state = ?, updated_at = ? WHERE id = ? AND state = ?', [to, tx.now, fileId, from])
  return changes === 1
}
