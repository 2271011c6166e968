import assert from 'node:assert/strict'
import { Failure } from '../../kernel/failure.ts'
import type { Principal } from '../../kernel/principal.ts'
import { folderChildren } from '../folder-children.ts'
import { listFiles } from '../list-files.ts'
import { listingVersion } from '../listing-version.ts'
import type { MediaRoom } from './open-media-room.ts'

const page = { limit: 1_000 }

/** Keeps every listing it sees under its version, and compares what it kept with what is there whenever it meets that version again. */
export function createKeptListings(room: MediaRoom) {
  const kept = new Map<string, string>()
  let met = 0

  const look = async (principal: Principal, folderId: string | null) => {
    const key = [principal.userId, folderId, await listingVersion(room.read, principal.tenantId, folderId)].join()
    const made = await makeListing(room, principal, folderId)
    if (made === undefined) return assert.ok(!kept.has(key), 'a folder that cannot be seen any more would still be shown')
    if (kept.has(key)) met++
    assert.equal(kept.get(key) ?? made, made, 'what was kept is what is there')
    kept.set(key, made)
  }

  return {
    met: () => met,
    check: async () => {
      const folders = await room.read.all<{ id: string }>("SELECT id FROM folder WHERE state <> 'purged'")
      for (const principal of [room.alice, room.bob]) {
        for (const folderId of [null, ...folders.map(({ id }) => id)]) await look(principal, folderId)
      }
    },
  }
}

/** Undefined where the principal may not see it. */
async function makeListing(room: MediaRoom, principal: Principal, folderId: string | null): Promise<string | undefined> {
  try {
    const children = await folderChildren(room.read, principal, folderId, page)
    return JSON.stringify([children, await listFiles(room.read, principal, { folderId }, page)])
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}
