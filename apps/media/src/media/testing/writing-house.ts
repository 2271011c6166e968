import { setTimeout as pause } from 'node:timers/promises'
import { patchFile } from '../patch-file.ts'
import { purgeFile } from '../purge-file.ts'
import { trashFile } from '../trash-file.ts'
import { graceMs, type MediaRoom } from './open-media-room.ts'

const [atOnce, everyMs] = [50, 20]

/** Uploads, renames, and deletes for good, in turn. What it still has is called `harbour …` or `renamed …`. */
export function openWritingHouse(room: MediaRoom) {
  const ids: string[] = []
  let writes = 0
  const upload = async () => {
    const { id } = await room.upload(room.alice, { name: `harbour ${crypto.randomUUID()}` })
    ids.push(id)
  }
  const rename = async (id: string) => {
    await room.inTransaction((tx) => patchFile(tx, room.alice, id, { name: `renamed ${crypto.randomUUID()}` }))
    ids.push(id)
  }
  const remove = async (id: string) => {
    const trashed = await room.inTransaction((tx) => trashFile(room, tx, room.alice, id))
    room.advance(graceMs)
    await purgeFile(room, id, trashed?.epoch ?? 0)
  }
  const write = async () => {
    writes += 1
    const turn = writes % 3
    const [id] = turn === 0 ? [] : ids.splice(Math.floor(Math.random() * ids.length), 1)
    if (id === undefined) await upload()
    else await (turn === 1 ? rename(id) : remove(id))
  }
  return {
    /** Files that it has. */
    count: () => ids.length,
    fill: async (files: number): Promise<void> => {
      while (ids.length < files) await Promise.all(Array.from({ length: Math.min(atOnce, files - ids.length) }, upload))
    },
    /** Writes at this rate, beside what is going on, as far as the machine can. */
    writeBeside: async (perSecond: number, work: () => Promise<unknown>): Promise<{ readonly writes: number; readonly tookMs: number }> => {
      const [began, before] = [performance.now(), writes]
      const tookMs = () => performance.now() - began
      let isDone = false
      const done = work().finally(() => {
        isDone = true
      })
      while (!isDone) {
        const due = Math.floor((tookMs() / 1_000) * perSecond) - (writes - before)
        await Promise.all([...Array.from({ length: Math.max(0, Math.min(atOnce, due)) }, write), pause(everyMs)])
      }
      await done
      return { writes: writes - before, tookMs: tookMs() }
    },
  }
}
