import { randomUUID } from 'node:crypto'
import type { BlockBlobClient } from '@azure/storage-blob'
import { refuseReleased, releaseBytes } from '../../kernel/release-bytes.ts'
import { untilAborted } from '../../kernel/until-aborted.ts'
import { KeyTaken } from '../../media/blob-store.ts'
import { AzureRefusal, calling, unavailableFor } from './azure-call.ts'

/** One is filled while another is on its way. */
const firstBlockBytes = 512 * 1024
/** A blob has at most 50,000 blocks, so that they grow with it: 512 KiB for the first 5 GiB, then twice as much, and so on, for 155 GiB. */
const blocksOfOneSize = 10_000

const onlyNew = { ifNoneMatch: '*' }
/** What a key that is taken is told by: also where another put under it has thrown our blocks away. */
const takenCodes = new Set(['BlobAlreadyExists', 'ConditionNotMet', 'UnauthorizedBlobOverwrite', 'InvalidBlockList'])

/** Puts a blob that must be new: in one call where it is short, else block by block, and none of it can be read before all of it is there. */
export async function putBlocks(blob: BlockBlobClient, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  const putId = randomUUID()
  const last = { metadata: { put: putId }, conditions: onlyNew }
  try {
    const { blockIds, rest } = await stageBlocks(blob, putId, bytes, signal)
    await calling(
      (abortSignal) =>
        blockIds.length === 0
          ? blob.upload(rest, rest.length, { ...last, abortSignal })
          : blob.commitBlockList([...blockIds], { ...last, abortSignal }),
      signal,
    )
  } catch (error) {
    // An answer that was lost, or came twice: the driver tries again by itself.
    const found = await putIdOf(blob)
    if (found === putId && error instanceof AzureRefusal) return
    if (found === putId) await calling((abortSignal) => blob.delete({ abortSignal })).catch(() => undefined)
    if (found !== undefined && error instanceof AzureRefusal && takenCodes.has(error.code)) throw new KeyTaken({ cause: error })
    throw unavailableFor(error)
  }
}

/** Whose put the blob is of; undefined where there is none, or nobody can tell. */
async function putIdOf(blob: BlockBlobClient): Promise<string | undefined> {
  return calling((abortSignal) => blob.getProperties({ abortSignal })).then(
    ({ metadata }) => metadata?.['put'] ?? '',
    () => undefined,
  )
}

interface Staged {
  readonly blockIds: readonly string[]
  /** All the bytes, where they fit into one block. */
  readonly rest: Buffer
}

const nothing = Buffer.alloc(0)

/** One block is filled while the one before it is on its way; the first waits for a second, since without one it is all there is. */
async function stageBlocks(blob: BlockBlobClient, putId: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Staged> {
  const blockIds: string[] = []
  let staging: Promise<unknown> = Promise.resolve()
  let rest: Buffer | undefined
  const stage = async (block: Buffer) => {
    await staging
    // Of one length, and of nobody else's put.
    const id = Buffer.from(`${putId} ${String(blockIds.length).padStart(5, '0')}`).toString('base64')
    blockIds.push(id)
    staging = calling((abortSignal) => blob.stageBlock(id, block, block.length, { abortSignal }), signal)
    // Its failure is met at the next await; until then it must not count as unhandled.
    staging.catch(() => undefined)
  }
  try {
    for await (const block of inBlocks(untilAborted(bytes, signal))) {
      if (rest === undefined) {
        rest = block
        continue
      }
      if (rest.length > 0) await stage(rest)
      rest = nothing
      await stage(block)
    }
  } finally {
    await staging
  }
  return { blockIds, rest: rest ?? nothing }
}

async function* inBlocks(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let gathered: Uint8Array[] = []
  let gatheredBytes = 0
  let made = 0
  const take = (): Buffer => {
    const block = Buffer.concat(gathered, gatheredBytes)
    for (const chunk of gathered) releaseBytes(chunk)
    gathered = []
    gatheredBytes = 0
    made += 1
    return block
  }
  for await (const chunk of bytes) {
    refuseReleased(chunk)
    gathered.push(chunk)
    gatheredBytes += chunk.length
    if (gatheredBytes >= firstBlockBytes * 2 ** Math.floor(made / blocksOfOneSize)) yield take()
  }
  if (gatheredBytes > 0) yield take()
}
