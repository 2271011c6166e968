import { inState } from './ledger.ts'
import { clash, copy, move, rename, tag } from './operations/changes.ts'
import { emptyTrash, erase, restore, trash, trashAgain } from './operations/deletions.ts'
import { createFolder, moveFolder, restoreFolder, trashFolder } from './operations/folders.ts'
import { download, downloadRange, list, replay, reuseKey } from './operations/readings.ts'
import { replace, upload, uploadForm, uploadRefused, uploadTwice, uploadWithoutKey } from './operations/uploads.ts'
import type { Session } from './session.ts'

/** What clients do, and how often in a hundred or so. */
const operations: readonly (readonly [weight: number, operation: (session: Session) => Promise<void>])[] = [
  [14, upload],
  [6, uploadForm],
  [5, uploadTwice],
  [3, uploadWithoutKey],
  [1, uploadRefused],
  [5, replace],
  [12, download],
  [5, downloadRange],
  [2, list],
  [8, replay],
  [2, reuseKey],
  [5, rename],
  [4, move],
  [3, tag],
  [1, clash],
  [6, copy],
  [10, trash],
  [1, trashAgain],
  [9, restore],
  [3, erase],
  [4, createFolder],
  [2, moveFolder],
  [3, trashFolder],
  [4, restoreFolder],
  [0.5, emptyTrash],
]

const totalWeight = operations.reduce((sum, [weight]) => sum + weight, 0)

/** A client with more than this begins to delete, so that a long run does not fill the disk. */
const manyFiles = 60

/** One operation after the other until `isOver`. */
export async function runClient(session: Session, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const isFull = inState(session.ledger.files, 'active').length > manyFiles
    await (isFull && session.random.chance(0.5) ? trash : choose(session))(session)
    session.tally.operations++
  }
}

function choose({ random }: Session): (session: Session) => Promise<void> {
  let left = random.next() * totalWeight
  for (const [weight, operation] of operations) {
    left -= weight
    if (left < 0) return operation
  }
  return download
}
