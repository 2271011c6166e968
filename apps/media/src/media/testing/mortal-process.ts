import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { BlobStore } from '../blob-store.ts'
import { reapReservations } from '../reap.ts'
import type { MediaRoom } from './open-media-room.ts'
import type { Random } from './random.ts'

export class Crash extends Error {
  override readonly name = 'Crash'
}

/**
 * The parts of the room as one process sees them that may be killed at any step: at each named point, before and after each commit, and
 * around each call to the store. From then on nothing that it tries has an effect, so that what it was doing stays half-done. It may also
 * stand still so long that its reservation is reaped before its bytes arrive.
 */
export function startMortalProcess(room: MediaRoom, random: Random, deathRate: number) {
  let dead = false
  const step = () => {
    dead ||= random.chance(deathRate)
    if (dead) throw new Crash('the process is dead')
  }
  const around = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    step()
    const result = await call()
    step()
    return result
  }
  const { blobs } = room
  const store: BlobStore = {
    put: (key, bytes, signal) =>
      around(async () => {
        if (random.chance(deathRate)) {
          dead = true
          await leavePart(room.blobsFolder, key)
          step()
        }
        if (random.chance(deathRate)) await endAllReservations(room)
        await blobs.put(key, bytes, signal)
      }),
    open: (key, range) => around(() => blobs.open(key, range)),
    size: (key) => around(() => blobs.size(key)),
    delete: (key) => around(() => blobs.delete(key)),
    list: () => blobs.list(),
  }
  const inTransaction: MediaRoom['inTransaction'] = (work) => around(() => room.inTransaction(work))
  return { ...room.media, inTransaction, blobs: store, reached: step }
}

async function endAllReservations(room: MediaRoom): Promise<void> {
  await reapReservations(room, { beforeMs: Number.MAX_SAFE_INTEGER, limit: 100 })
  await room.work()
}

/** What a process leaves behind that is killed while bytes arrive. */
async function leavePart(folder: string, key: string): Promise<void> {
  const path = join(folder, `${key}.part`)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, 'half of the by')
}
