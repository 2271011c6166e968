import { mkdir } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { generateSigningKey, type PublicJwk, type SigningKeys, toPublicKey } from '../../accounts/signing-keys.ts'
import { Failure } from '../../kernel/failure.ts'
import { addVersion, readNewest, readPublished, removeVersion, type StoredKeySet, unreadable } from './key-files.ts'
import { type HeldKey, hold, signingAt, validAt } from './key-set.ts'

export interface FolderSigningKeys extends SigningKeys {
  /** Every key that was ever valid, newest first, as the folder holds them now. */
  published(): Promise<readonly PublicJwk[]>
  /**
   * Publishes the next key, which signs when every process has had the time to see it. What the keys before have signed stays valid for as long as it
   * lives; `atOnce`, for a key that is in other hands, signs from now on and takes nothing any more that another has signed.
   * Throws `keys.rotated_meanwhile`.
   */
  rotate(options?: { readonly atOnce?: boolean }): Promise<Rotation>
}

export interface Rotation {
  readonly kid: string
  /** Milliseconds since 1970. */
  readonly signsFrom: number
}

/** A process that is asked looks as often as this. */
const lookEveryMs = 5_000
/** Between two looks because of keys that nobody knows: whoever asks about one waits for the next look. */
const lookAgainEveryMs = 250
/** From its publication until a key signs: a look, and as long as a network file system may show a folder as it was, with clocks apart. */
const publishedAheadMs = 60_000

const thumbprint = /^[\w-]{43}$/

/**
 * The folder holds `signing-keys.N.json` (mode 0600, the highest N counts) and `public-keys.json`: every public key that was ever valid,
 * by which receipts stay verifiable. A set is written beside and linked to its name, which fails where the name is taken: of two
 * processes that start or rotate at once, one wins and both go on with the same keys.
 * Throws `keys.readable_by_others`, `keys.unreadable`.
 */
export async function openFolderSigningKeys(folder: string, clock: () => number = Date.now): Promise<FolderSigningKeys> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const looks = createLooks((await readNewest(folder)) ?? (await makeFirst(folder)), () => readNewest(folder))
  const valid = async () => validAt((await looks.fresh()).set, clock())
  const find = ({ set }: StoredKeySet, kid: string) => validAt(set, clock()).find(({ jwk }) => jwk.kid === kid)

  return {
    current: async () => currentOf(folder, await looks.fresh(), clock()).key,
    valid: async () => (await valid()).map(({ jwk }) => jwk),
    published: async () => {
      const keys = (await looks.now()).set.map(({ jwk }) => jwk)
      const older = (await readPublished(folder)).filter(({ kid }) => keys.every((key) => key.kid !== kid))
      return [...keys, ...older]
    },
    findPublicKey: async (kid) => {
      if (!thumbprint.test(kid)) return undefined
      const found = find(await looks.fresh(), kid) ?? find(await looks.again(), kid)
      return found && toPublicKey(found.jwk)
    },
    rotate: async ({ atOnce = false } = {}) => {
      const before = await looks.now()
      const now = clock()
      const next = hold(await generateSigningKey(), atOnce ? now : now + publishedAheadMs)
      const set = atOnce ? [next] : [next, ...validAt(before.set, now)]
      if (!(await addVersion(folder, { version: before.version + 1, set }))) {
        throw new Failure('conflict', 'keys.rotated_meanwhile', 'the keys were rotated by somebody else at the same moment')
      }
      await removeVersion(folder, before.version)
      await looks.now()
      return { kid: next.jwk.kid, signsFrom: next.signsFrom }
    },
  }
}

async function makeFirst(folder: string): Promise<StoredKeySet> {
  await addVersion(folder, { version: 1, set: [hold(await generateSigningKey(), 0)] })
  const made = await readNewest(folder)
  if (made === undefined) throw unreadable(folder, 'the key that was just written is gone')
  return made
}

function currentOf(folder: string, { set }: StoredKeySet, now: number): HeldKey {
  const current = signingAt(set, now)
  if (current === undefined) throw unreadable(folder, 'there is none')
  return current
}

/** What was seen last of something that others change, and when to look again. While nothing is there, what was seen before counts. */
function createLooks<Seen>(first: Seen, look: () => Promise<Seen | undefined>) {
  let seen = first
  let lookedAt = performance.now()
  let lookedAgainAt = Number.NEGATIVE_INFINITY
  let coming: Promise<Seen> | undefined

  const now = async (): Promise<Seen> => {
    lookedAt = performance.now()
    seen = (await look()) ?? seen
    return seen
  }
  const afterPause = async (): Promise<Seen> => {
    await pause(Math.max(0, lookedAgainAt + lookAgainEveryMs - performance.now()))
    coming = undefined
    lookedAgainAt = performance.now()
    return now()
  }
  return {
    now,
    fresh: async (): Promise<Seen> => (performance.now() - lookedAt < lookEveryMs ? seen : now()),
    /** By a look that begins after it was asked for: one for all who ask before it does. */
    again: (): Promise<Seen> => {
      coming ??= afterPause()
      return coming
    },
  }
}
