import { mkdir } from 'node:fs/promises'
import { z } from 'zod'
import { addVersion, publish, readNewest, readPublished, removeVersion, unreadable } from './key-files.ts'
import { keySetFile, publicJwk, readKeySet, writeKeySet } from './key-set.ts'

/** The keys of a house outside of their folder: those that sign or have signed what may be in use, and every public one that ever did. */
const keptKeys = z.object({ signing: keySetFile, published: z.array(publicJwk) })

/** A private key is in it. Throws `keys.readable_by_others`, `keys.unreadable`. */
export async function readKeys(folder: string): Promise<z.input<typeof keptKeys>> {
  const newest = await readNewest(folder)
  if (newest === undefined) throw unreadable(folder, 'there is none')
  return { signing: writeKeySet(newest.set), published: [...(await readPublished(folder))] }
}

/**
 * Gives the folder these keys in place of those that sign there; what it has published stays. May be repeated. Throws
 * `keys.unreadable` where `kept` is not what `readKeys` gave.
 */
export async function replaceKeys(folder: string, kept: unknown): Promise<void> {
  const { success, data } = keptKeys.safeParse(kept)
  if (!success) throw unreadable(folder, 'what shall be kept there is not what this service writes')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const before = await readNewest(folder)
  await addVersion(folder, { version: (before?.version ?? 0) + 1, set: readKeySet(data.signing) })
  if (before !== undefined) await removeVersion(folder, before.version)
  await publish(folder, data.published)
  await readNewest(folder)
}
