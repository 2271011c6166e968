import type { BlobState } from '../blob-state.ts'
import { type FileMove, type FileState, nextFileState } from '../file-state.ts'

/**
 * A model of the life of files and blobs, small enough to try every order of steps: two files, two blobs, two workers, crashes anywhere,
 * late and repeated messages, uploads that go on after their reservation was reaped. Files move by the same table as the real ones.
 */

export const mutants = {
  reuseKeys: 'gives a key of deleted bytes to new ones',
  restorePurging: 'restores a file that is PURGING',
  noRecount: 'condemns a blob without counting who refers to it',
  joinCondemned: 'lets a copy join a CONDEMNED blob',
  deleteFirst: 'deletes the bytes before the decision',
  noSweep: 'never sweeps',
  markUnseen: 'records as DELETED what another worker is still to delete',
} as const
export type Mutant = keyof typeof mutants

interface ModelFile {
  readonly state: FileState | 'none'
  readonly blob: number
  /** Counts deletions and restores. */
  readonly epoch: number
  /** Trashed, and the grace is over. */
  readonly due: boolean
  /** Its uploader: about to put, about to commit, or gone. */
  readonly uploader: 'put' | 'commit' | 'gone'
}

interface ModelBlob {
  readonly state: BlobState | 'none'
  readonly key: number
}

/** `file` is -1 for a worker that deletes a blob or a stray key on its own. */
type Worker = { readonly file: number; readonly blob: number; readonly at: 'look' | 'delete' | 'mark' | 'finish' | 'decide' } | null

interface State {
  readonly files: readonly ModelFile[]
  readonly blobs: readonly ModelBlob[]
  /** Whether there are bytes under a key. */
  readonly stored: readonly boolean[]
  readonly workers: readonly Worker[]
}

interface Step {
  readonly name: string
  readonly to: State
  /** What the step itself broke. */
  readonly broke?: string
}

const maxEpoch = 2
const both = [0, 1]

const start: State = {
  files: both.map((blob) => ({ state: 'none', blob, epoch: 0, due: false, uploader: 'gone' })),
  blobs: both.map((key) => ({ state: 'none', key })),
  stored: [false, false],
  workers: [null, null],
}

const at = <Item>(items: readonly Item[], index: number): Item => {
  const item = items[index]
  if (item === undefined) throw new Error(`the model has no item ${index}`)
  return item
}

const withFile = (state: State, file: number, change: Partial<ModelFile>): State => ({
  ...state,
  files: state.files.with(file, { ...at(state.files, file), ...change }),
})
const withBlob = (state: State, blob: number, change: Partial<ModelBlob>): State => ({
  ...state,
  blobs: state.blobs.with(blob, { ...at(state.blobs, blob), ...change }),
})
const withWorker = (state: State, worker: number, now: Worker): State => ({ ...state, workers: state.workers.with(worker, now) })
const withBytes = (state: State, key: number, there: boolean): State => ({ ...state, stored: state.stored.with(key, there) })

/** Undefined where the table has no such move. */
function moved(state: State, file: number, move: FileMove, change: Partial<ModelFile> = {}): State | undefined {
  const from = at(state.files, file).state
  const to = from === 'none' ? undefined : nextFileState(from, move)
  return to && withFile(state, file, { ...change, state: to })
}

const refers = ({ state }: ModelFile) => state === 'reserved' || state === 'active' || state === 'trashed'

function condemnUnreferenced(state: State, blob: number, mutant: Mutant | undefined): State {
  const needed = mutant !== 'noRecount' && state.files.some((file) => file.blob === blob && refers(file))
  return needed || at(state.blobs, blob).state !== 'live' ? state : withBlob(state, blob, { state: 'condemned' })
}

/** All that can happen next. */
function* steps(state: State, mutant: Mutant | undefined): Generator<Step> {
  for (const file of both) yield* fileSteps(state, file, mutant)
  for (const worker of both) yield* workerSteps(state, worker, mutant)
}

function* fileSteps(state: State, id: number, mutant: Mutant | undefined): Generator<Step> {
  const file = at(state.files, id)
  if (file.state === 'none') yield* beginnings(state, id, mutant)
  if (file.uploader !== 'gone') yield* uploaderSteps(state, id)
  const expired = moved(state, id, 'timeRanOut')
  if (expired) yield { name: `reap ${id}`, to: withBlob(expired, file.blob, { state: 'condemned' }) }
  const epoch = file.epoch + 1
  const trashed = epoch <= maxEpoch ? moved(state, id, 'trash', { epoch, due: false }) : undefined
  if (trashed) yield { name: `trash ${id}`, to: trashed }
  if (file.state === 'trashed' && !file.due) yield { name: `the grace of ${id} ends`, to: withFile(state, id, { due: true }) }
  const restored = moved(state, id, 'restore', { epoch, due: false })
  if (restored) yield { name: `restore ${id}`, to: restored }
  if (mutant === 'restorePurging' && file.state === 'purging') {
    yield { name: `restore ${id}`, to: withFile(state, id, { state: 'active', epoch, due: false }) }
  }
}

/** It goes on as long as it lives, whatever became of its reservation. */
function* uploaderSteps(state: State, id: number): Generator<Step> {
  const { blob, uploader } = at(state.files, id)
  const { key, state: blobState } = at(state.blobs, blob)
  yield { name: `uploader ${id} dies`, to: withFile(state, id, { uploader: 'gone' }) }
  if (uploader === 'put') yield { name: `put ${id}`, to: withFile(withBytes(state, key, true), id, { uploader: 'commit' }) }
  if (uploader === 'commit') {
    const active = blobState === 'staging' ? moved(state, id, 'bytesStored', { uploader: 'gone' }) : undefined
    yield { name: `commit ${id}`, to: active ? withBlob(active, blob, { state: 'live' }) : withFile(state, id, { uploader: 'gone' }) }
  }
}

function* beginnings(state: State, id: number, mutant: Mutant | undefined): Generator<Step> {
  const other = at(state.files, 1 - id)
  const otherBlob = at(state.blobs, other.blob)
  const reserved = withFile(withBlob(state, id, { state: 'staging' }), id, { state: 'reserved', uploader: 'put' })
  yield { name: `reserve ${id}`, to: reserved }
  if (mutant === 'reuseKeys' && otherBlob.state === 'deleted') {
    yield { name: `reserve ${id} under a used key`, to: withBlob(reserved, id, { key: otherBlob.key }) }
  }
  const mayCopy =
    (other.state === 'active' && otherBlob.state === 'live') || (mutant === 'joinCondemned' && otherBlob.state === 'condemned')
  if (mayCopy) yield { name: `copy ${1 - id} to ${id}`, to: withFile(state, id, { state: 'active', blob: other.blob }) }
}

function* workerSteps(state: State, id: number, mutant: Mutant | undefined): Generator<Step> {
  const worker = at(state.workers, id)
  if (worker === null) {
    for (const which of both) yield* jobs(state, id, which, mutant)
    return
  }
  yield { name: `worker ${id} dies`, to: withWorker(state, id, null) }
  yield workSteps[worker.at](state, id, worker, mutant)
}

type WorkStep = (state: State, id: number, worker: NonNullable<Worker>, mutant: Mutant | undefined) => Step

const workSteps: Readonly<Record<NonNullable<Worker>['at'], WorkStep>> = {
  look: (state, id, worker) => {
    const next = at(state.blobs, worker.blob).state === 'condemned' ? 'delete' : 'finish'
    return { name: `worker ${id} looks at blob ${worker.blob}`, to: withWorker(state, id, { ...worker, at: next }) }
  },
  delete: (state, id, worker, mutant) => {
    const { key, state: blobState } = at(state.blobs, worker.blob)
    const early = blobState === 'staging' || blobState === 'live'
    const undecided = mutant === 'deleteFirst' && worker.file >= 0 && at(state.files, worker.file).state === 'trashed'
    const to = withWorker(withBytes(state, key, false), id, { ...worker, at: undecided ? 'decide' : 'mark' })
    return { name: `worker ${id} deletes key ${key}`, to, ...(early && { broke: `I2: bytes of a blob went that is ${blobState}` }) }
  },
  decide: (state, id, { file }, mutant) => ({
    name: `worker ${id} decides ${file}`,
    to: decide(state, id, file, 'startPurge', mutant) ?? withWorker(state, id, null),
  }),
  mark: (state, id, worker) => {
    const { file, blob } = worker
    const marked = at(state.blobs, blob).state === 'condemned' ? withBlob(state, blob, { state: 'deleted' }) : state
    return { name: `worker ${id} records blob ${blob}`, to: withWorker(marked, id, file < 0 ? null : { ...worker, at: 'finish' }) }
  },
  finish: (state, id, { file, blob }, mutant) => {
    const { key, state: blobState } = at(state.blobs, blob)
    const unseen = mutant === 'markUnseen' && blobState === 'condemned'
    const marked = unseen ? withBlob(state, blob, { state: 'deleted' }) : state
    const to = withWorker(moved(marked, file, 'bytesDeleted') ?? marked, id, null)
    const untrue = unseen && at(state.stored, key)
    return { name: `worker ${id} finishes ${file}`, to, ...(untrue && { broke: 'a blob is DELETED and its bytes are there' }) }
  },
}

/** What a worker that is free may take up: a message, however old, or what it finds half-done. */
function* jobs(state: State, id: number, which: number, mutant: Mutant | undefined): Generator<Step> {
  const { blob, due, state: fileState } = at(state.files, which)
  if (mutant === 'deleteFirst' && fileState === 'trashed' && due) {
    yield { name: `worker ${id} is told of ${which}`, to: withWorker(state, id, { file: which, blob, at: 'delete' }) }
  }
  const purging = due && mutant !== 'deleteFirst' ? decide(state, id, which, 'startPurge', mutant) : undefined
  if (purging) yield { name: `worker ${id} decides ${which}`, to: purging }
  const erasing = decide(state, id, which, 'erase', mutant)
  if (erasing) yield { name: `worker ${id} erases ${which}`, to: erasing }
  if (fileState === 'purging' || fileState === 'erasing') {
    yield { name: `worker ${id} takes ${which} over`, to: withWorker(state, id, { file: which, blob, at: 'look' }) }
  }
  if (at(state.blobs, which).state === 'condemned' || (mutant !== 'noSweep' && isStray(state, which))) {
    yield { name: `worker ${id} takes blob ${which}`, to: withWorker(state, id, { file: -1, blob: which, at: 'delete' }) }
  }
}

const isStray = (state: State, blob: number) => {
  const { state: blobState, key } = at(state.blobs, blob)
  return blobState === 'deleted' && at(state.stored, key) && !isWanted(state, key)
}

function decide(state: State, worker: number, file: number, move: 'startPurge' | 'erase', mutant: Mutant | undefined): State | undefined {
  const decided = moved(state, file, move)
  const { blob } = at(state.files, file)
  return decided && withWorker(condemnUnreferenced(decided, blob, mutant), worker, { file, blob, at: 'look' })
}

const isWanted = (state: State, key: number) =>
  state.blobs.some((blob) => blob.key === key && blob.state !== 'deleted' && blob.state !== 'none')

/** What is broken in a state by itself. */
function brokenIn(state: State, mutant: Mutant | undefined): string | undefined {
  for (const file of state.files) {
    if (file.state !== 'active' && file.state !== 'trashed') continue
    const blob = at(state.blobs, file.blob)
    if (blob.state !== 'live') return `I1, I4: a file that is ${file.state} has a blob that is ${blob.state}`
    if (!at(state.stored, blob.key)) return `I1, I4: a file that is ${file.state} has no bytes`
  }
  const settled = reconciled(state, mutant)
  const stored = settled.stored.flatMap((there, key) => (there ? [key] : []))
  const live = settled.blobs.filter((blob) => blob.state === 'live').map(({ key }) => key)
  const same = stored.length === live.length && live.every((key) => stored.includes(key))
  return same ? undefined : `I5: after a sweep the keys ${stored.join()} are stored and ${live.join()} are live`
}

/** Everybody dies, then the reservations are reaped, what is half-way is finished, and the store is swept. */
function reconciled(state: State, mutant: Mutant | undefined): State {
  let now = state
  for (const file of both) {
    const expired = moved(now, file, 'timeRanOut')
    if (expired) now = withBlob(expired, at(now.files, file).blob, { state: 'condemned' })
  }
  for (const blob of both) {
    const { state: blobState, key } = at(now.blobs, blob)
    if (blobState === 'condemned') now = withBytes(withBlob(now, blob, { state: 'deleted' }), key, false)
  }
  for (const key of both) if (mutant !== 'noSweep' && !isWanted(now, key)) now = withBytes(now, key, false)
  return now
}

/** I3, seen between two states: nothing comes back from CONDEMNED or DELETED. */
function brokenBetween(from: State, to: State): string | undefined {
  for (const blob of both) {
    const before = at(from.blobs, blob).state
    const after = at(to.blobs, blob).state
    if (before !== after && (before === 'deleted' || (before === 'condemned' && after !== 'deleted')))
      return `I3: a blob went from ${before} to ${after}`
  }
  return undefined
}

export interface Exploration {
  readonly states: number
  readonly violation: { readonly what: string; readonly path: readonly string[] } | undefined
}

/** Breadth first, so that the path to a violation is a shortest one. */
export function explore(mutant?: Mutant): Exploration {
  const cameFrom = new Map<string, Origin>([[identity(start), { by: '', from: undefined }]])
  const queue = [start]
  for (const state of queue) {
    const here = identity(state)
    for (const { name, to, broke } of steps(state, mutant)) {
      const there = identity(to)
      const isNew = !cameFrom.has(there)
      const what = broke ?? brokenBetween(state, to) ?? (isNew ? brokenIn(to, mutant) : undefined)
      if (what !== undefined) return { states: cameFrom.size, violation: { what, path: [...pathTo(cameFrom, here), name] } }
      if (!isNew) continue
      cameFrom.set(there, { by: name, from: here })
      queue.push(to)
    }
  }
  return { states: cameFrom.size, violation: undefined }
}

interface Origin {
  readonly by: string
  readonly from: string | undefined
}

/** Which worker is which makes no difference. */
const identity = ({ workers, ...rest }: State) => JSON.stringify([rest, workers.map((worker) => JSON.stringify(worker)).toSorted()])

function pathTo(cameFrom: ReadonlyMap<string, Origin>, end: string): string[] {
  const path: string[] = []
  for (let step = cameFrom.get(end); step?.from !== undefined; step = cameFrom.get(step.from)) path.unshift(step.by)
  return path
}
