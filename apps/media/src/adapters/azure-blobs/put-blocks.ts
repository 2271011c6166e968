import { randomUUID } from 'node:crypto'
import type { BlockBlobClient } from '@azure/storage-blob'
import { refuseReleased, releaseBytes } from '../../kernel/release-bytes.ts'
import { untilAborted } from '../../kernel/until-aborted.ts'
import { KeyTaken } from '../../media/blob-store.ts'
import { AzureRefusal, asking, carrying, unavailableFor } from './azure-call.ts'

const firstBlockBytes = 384 * 1024
/** A blob has at most 50,000 blocks, so that they grow with it: 384 KiB for the first 3.6 GiB, then twice as much, and so on, for 113 GiB. */
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
    await carrying(
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
    if (found === putId) await asking((abortSignal) => blob.delete({ abortSignal })).catch(() => undefined)
    if (found !== undefined && error instanceof AzureRefusal && takenCodes.has(error.code)) throw new KeyTaken({ cause: error })
    throw unavailableFor(error)
  }
}

/** Whose put the blob is of; undefined where there is none, or nobody can tell. */
async function putIdOf(blob: BlockBlobClient): Promise<string | undefined> {
  return asking((abortSignal) => blob.getProperties({ abortSignal })).then(
    ({ metadata }) => metadata?.['put'] ?? '',
    () => undefined,
  )
}

interface Staged {
  readonly blockIds: readonly string[]
  /** All the bytes, where they fit into one block. */
  readonly rest: Buffer
}

/**
 * One block is in memory, and used again: while it is on its way, what follows waits with the sender and in the buffers of the system. It leaves
 * when there is more, since without more it is all there is.
 */
async function stageBlocks(blob: BlockBlobClient, putId: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Staged> {
  const blockIds: string[] = []
  let block = Buffer.allocUnsafeSlow(firstBlockBytes)
  let filled = 0
  const stage = async () => {
    // Of one length, and of nobody else's put.
    const id = Buffer.from(`${putId} ${String(blockIds.length).padStart(5, '0')}`).toString('base64')
    blockIds.push(id)
    await carrying((abortSignal) => blob.stageBlock(id, block.subarray(0, filled), filled, { abortSignal }), signal)
    filled = 0
    if (blockIds.length % blocksOfOneSize === 0) block = Buffer.allocUnsafeSlow(2 * block.length)
  }
  for await (const chunk of untilAborted(bytes, signal)) {
    refuseReleased(chunk)
    for (let taken = 0; taken < chunk.length; ) {
      if (filled === block.length) await stage()
      const part = chunk.subarray(taken, taken + block.length - filled)
      block.set(part, filled)
      filled += part.length
      taken += part.length
    }
    releaseBytes(chunk)
  }
  if (blockIds.length > 0) await stage()
  return { blockIds, rest: block.subarray(0, filled) }
}
