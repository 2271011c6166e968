import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import test, { type TestContext } from 'node:test'
import { Failure } from '../kernel/failure.ts'
import type { Principal } from '../kernel/principal.ts'
import { copyFile } from './copy-file.ts'
import { createFolder } from './create-folder.ts'
import { emptyTrash } from './empty-trash.ts'
import { eraseBytes, finishErasure } from './erase-file.ts'
import { openContent } from './open-content.ts'
import { patchFile } from './patch-file.ts'
import { patchFolder } from './patch-folder.ts'
import { purgeDue } from './purge-due.ts'
import { reapReservations } from './reap.ts'
import { receiveUpload } from './receive-upload.ts'
import { reconcile } from './reconcile.ts'
import { replaceContent } from './replace-content.ts'
import { restoreFile } from './restore-file.ts'
import { restoreFolder } from './restore-folder.ts'
import { shareEntry } from './sharing/share-entry.ts'
import { seenFiles, seenFolders } from './sharing/visibility.ts'
import { withdrawShare } from './sharing/withdraw-share.ts'
import { storeFiles } from './store-files.ts'
import { sweep } from './sweep.ts'
import { assertSettled, createInvariants, sha256 } from './testing/invariants.ts'
import { createKeptListings } from './testing/kept-listings.ts'
import { Crash, startMortalProcess } from './testing/mortal-process.ts'
import { graceMs, type MediaRoom, openMediaRoom, reservationMs, uploadOf } from './testing/open-media-room.ts'
import { createRandom, type Random } from './testing/random.ts'
import { trashFile } from './trash-file.ts'
import { trashFolder } from './trash-folder.ts'

const seeds = [1, 2, 3]
const rounds = 150

for (const seed of seeds) {
  test(`random operations with crashes anywhere keep the invariants (seed ${seed})`, async (t) => {
    const { counts, looks, keys, met } = await live(t, seed)
    t.diagnostic(
      `seed ${seed}: ${JSON.stringify(counts)}; all invariants held ${looks} times; ${keys} keys left; ${met} kept listings met again`,
    )
    assert.ok(met > 0, 'no listing was met again')
    assert.ok(counts.done > rounds / 2 && counts.refused > 0 && counts.crashed > 5, JSON.stringify(counts))
  })
}

async function live(t: TestContext, seed: number) {
  const room = await openMediaRoom(t)
  await room.enrol(room.alice, room.bob)
  const random = createRandom(seed)
  const invariants = createInvariants(room)
  const listings = createKeptListings(room)
  const counts = { done: 0, refused: 0, crashed: 0 }
  const promises = createPromises()
  for (let round = 0; round < rounds; round++) {
    const together = random.chance(0.5) ? 1 : 4
    const outcomes = await Promise.allSettled(Array.from({ length: together }, () => act(room, random, promises)))
    for (const outcome of outcomes) counts[judge(outcome)]++
    await invariants.check()
    if (round % 5 === 4) await listings.check()
    await assertKept(room, promises.endRound())
    if (round % 20 === 19) {
      await settle(room, invariants)
      // Nothing that anybody sees has changed: here at least, listings are met again.
      await listings.check()
    }
  }
  room.advance(2 * graceMs)
  await room.work()
  await settle(room, invariants)
  const waiting = await room.read.all(
    "SELECT id FROM file WHERE state = 'trashed' AND legal_hold_at IS NULL UNION SELECT id FROM folder WHERE state = 'trashed'",
  )
  assert.deepEqual(waiting, [], 'what was due is purged')
  return { counts, looks: invariants.looks(), keys: await assertSettled(room), met: listings.met() }
}

function judge(outcome: PromiseSettledResult<unknown>): 'done' | 'refused' | 'crashed' {
  if (outcome.status === 'fulfilled') return 'done'
  if (outcome.reason instanceof Crash) return 'crashed'
  if (outcome.reason instanceof Failure && (outcome.reason.kind !== 'unavailable' || lostItsPart(outcome.reason))) return 'refused'
  throw outcome.reason
}

/** Its reservation was reaped while bytes arrived, and what had arrived was deleted. */
const lostItsPart = ({ extra }: Failure) => extra['reason'] === 'ENOENT'

/** As `media reconcile --now` does. */
async function settle(room: MediaRoom, invariants: ReturnType<typeof createInvariants>): Promise<void> {
  const everything = { reapBeforeMs: Number.MAX_SAFE_INTEGER, graceMs: 0, minAgeMs: 0, minSightings: 1, maxDeletions: 1_000 }
  const alert = (message: string) => assert.fail(message)
  await reconcile({ ...room.media, alert }, { nowMs: room.now(), ...everything })
  await assertSettled(room)
  await invariants.check()
}

/** I4: what was acknowledged as stored or restored, with nobody deleting it since, is there with its bytes. */
async function assertKept(room: MediaRoom, promises: ReadonlyMap<string, string>): Promise<void> {
  for (const [id, digest] of promises) {
    const file = await room.read.get<{ state: string; sha256: string }>('SELECT state, sha256 FROM file WHERE id = ?', [id])
    assert.deepEqual({ ...file }, { state: 'active', sha256: digest }, `I4: ${id}`)
  }
}

type Promises = ReturnType<typeof createPromises>

/** What was acknowledged: id -> SHA-256. It counts until somebody asks for a deletion, and not at all when that was in the same round. */
function createPromises() {
  const kept = new Map<string, string>()
  const made = new Map<string, string>()
  let doomed = new Set<string>()
  let allDoomed = false
  return {
    make: (id: string, digest: string) => made.set(id, digest),
    forget: (id: string) => {
      doomed.add(id)
      kept.delete(id)
    },
    forgetAll: () => {
      allDoomed = true
      kept.clear()
    },
    endRound: (): ReadonlyMap<string, string> => {
      for (const [id, digest] of made) if (!allDoomed && !doomed.has(id)) kept.set(id, digest)
      made.clear()
      doomed = new Set()
      allDoomed = false
      return kept
    },
  }
}

type Row = { readonly id: string; readonly owner_id: string }

async function act(room: MediaRoom, random: Random, promises: Promises): Promise<unknown> {
  const parts = startMortalProcess(room, random, random.chance(0.3) ? 0.15 : 0)
  const principal = random.chance(0.6) ? room.alice : room.bob
  const other = principal === room.alice ? room.bob : room.alice
  const seen = { files: seenFiles(principal), folders: seenFolders(principal) }
  const files = (states: string) =>
    room.read.all<Row>(`SELECT id, owner_id FROM file WHERE state IN (${states}) AND ${seen.files.text}`, seen.files.values)
  const folders = (state: string) =>
    room.read.all<Row>(`SELECT id, owner_id FROM folder WHERE state = ? AND ${seen.folders.text}`, [state, ...seen.folders.values])
  const someFile = async (states = "'active'") => random.pick(await files(states))?.id ?? crypto.randomUUID()
  const someFolder = async (state = 'active') => random.pick(await folders(state))?.id ?? crypto.randomUUID()
  const somePlace = async () => (random.chance(0.4) ? null : (random.pick(await folders('active'))?.id ?? null))
  const someName = () => (random.chance(0.3) ? random.pick(['a', 'B', 'straße', 'STRASSE']) : undefined) ?? `n${random.below(100_000)}`
  const receive = () => receiveUpload(parts, principal, uploadOf(random.bytes(random.below(300)), { declaredSize: random.below(300) }))

  const restoreSomeFolder = async () => {
    const id = await someFolder('trashed')
    return parts.inTransaction((tx) => restoreFolder(tx, principal, id))
  }
  const makeSomeFolder = async () => {
    const parentId = await somePlace()
    return parts.inTransaction((tx) => createFolder(tx, principal, { name: someName(), parentId }))
  }

  const shareSomeFile = async () => {
    const id = await someFile()
    return parts.inTransaction((tx) => shareEntry(tx, principal, { type: 'file', id }, other.userId))
  }
  const shareSomeFolder = async () => {
    const id = await someFolder()
    return parts.inTransaction(async (tx) => {
      await patchFolder(tx, principal, id, { private: true })
      return shareEntry(tx, principal, { type: 'folder', id }, other.userId)
    })
  }
  const withdrawSome = async () => {
    const entry = { type: random.chance(0.5) ? ('file' as const) : ('folder' as const), id: '' }
    const row = random.pick(await room.read.all<{ id: string }>('SELECT DISTINCT from_id AS id FROM entry_share ORDER BY from_id'))
    return parts.inTransaction((tx) => withdrawShare(tx, principal, { ...entry, id: row?.id ?? '' }, other.userId))
  }

  const deeds: readonly (() => Promise<unknown>)[] = [
    async () => {
      const received = await receive()
      const newFile = { received, name: someName(), folderId: await somePlace() }
      const [file] = await parts.inTransaction((tx) => storeFiles(parts, tx, principal, [newFile]))
      if (file !== undefined) promises.make(file.id, file.sha256)
    },
    async () => {
      const id = await someFile()
      promises.forget(id)
      const received = await receive()
      await parts.inTransaction((tx) => replaceContent(parts, tx, principal, id, received))
    },
    async () => {
      const request = { name: someName(), folderId: await somePlace() }
      const id = await someFile()
      const copy = await parts.inTransaction((tx) => copyFile(tx, principal, id, request))
      promises.make(copy.id, copy.sha256)
    },
    async () => {
      const patch = { name: someName(), folderId: await somePlace(), ...(random.chance(0.3) && { private: random.chance(0.5) }) }
      const id = await someFile()
      return parts.inTransaction((tx) => patchFile(tx, principal, id, patch))
    },
    async () => {
      const id = await someFile("'active', 'trashed', 'purging', 'purged'")
      promises.forget(id)
      return parts.inTransaction((tx) => trashFile(parts, tx, principal, id))
    },
    async () => {
      const id = await someFile("'trashed', 'trashed', 'purging', 'erasing', 'purged'")
      const file = await parts.inTransaction((tx) => restoreFile(tx, principal, id))
      promises.make(id, file.sha256)
    },
    async () => {
      const id = await someFile("'active', 'trashed', 'erasing', 'erased'")
      if (random.chance(0.5)) return
      promises.forget(id)
      await eraseBytes(parts, principal, id)
      return parts.inTransaction((tx) => finishErasure(parts, tx, principal.userId, id))
    },
    makeSomeFolder,
    makeSomeFolder,
    makeSomeFolder,
    async () => {
      const patch = { name: someName(), parentId: await somePlace(), ...(random.chance(0.3) && { private: random.chance(0.5) }) }
      const id = await someFolder()
      return parts.inTransaction((tx) => patchFolder(tx, principal, id, patch))
    },
    async () => {
      const id = await someFolder()
      promises.forgetAll()
      return parts.inTransaction((tx) => trashFolder(parts, tx, principal, id))
    },
    restoreSomeFolder,
    restoreSomeFolder,
    restoreSomeFolder,
    shareSomeFile,
    shareSomeFolder,
    shareSomeFolder,
    withdrawSome,
    async () => (random.chance(0.3) ? emptyTrash(parts, principal) : undefined),
    async () => {
      room.advance(random.below(graceMs / 2))
      return room.work(parts)
    },
    async () => purgeDue(parts, { nowMs: room.now(), graceMs: 0, limit: 10 }),
    async () => reapReservations(parts, { beforeMs: room.now() - random.below(reservationMs), limit: 10 }),
    async () =>
      sweep({ ...parts, alert: (message) => assert.fail(message) }, { nowMs: room.now(), minAgeMs: 0, minSightings: 2, maxDeletions: 10 }),
    async () => readBack(room, principal, await someFile("'active', 'trashed'")),
  ]
  return random.pick(deeds)?.()
}

/** I6, and the bytes are those that came. */
async function readBack(room: MediaRoom, principal: Principal, id: string): Promise<void> {
  const { file, open } = await openContent(room, principal, id)
  const content = await open()
  assert.equal(sha256(Buffer.from(await text(content.setEncoding('latin1')), 'latin1')), file.sha256)
}
