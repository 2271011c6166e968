import type { InTransaction } from '../../kernel/tx.ts'
import type { File } from '../file.ts'
import { listingVersion } from '../listing-version.ts'
import type { MediaRoom } from './open-media-room.ts'

/** What a change of a file leaves beside it: the row was taken, so that no other node changes it at once; its folder is listed anew; the index is told. */
export async function tracesOf(
  room: MediaRoom,
  file: Pick<File, 'id' | 'tenantId' | 'folderId'>,
  change: (inTransaction: InTransaction) => unknown,
) {
  const look = async () => {
    const row = await room.read.get<{ takes: number }>('SELECT takes FROM file WHERE id = ?', [file.id])
    const told = await room.read.all('SELECT file_id FROM search_change WHERE file_id = ?', [file.id])
    return { takes: row?.takes ?? 0, listing: await listingVersion(room.read, file.tenantId, file.folderId), told: told.length }
  }
  const before = await look()
  await change((work) => room.inTransaction((tx) => work({ ...tx, feedsIndex: true })))
  const after = await look()
  return { taken: after.takes > before.takes, listedAnew: after.listing !== before.listing, told: after.told > before.told }
}
