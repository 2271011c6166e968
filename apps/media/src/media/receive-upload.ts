import { createHash } from 'node:crypto'
import { Failure } from '../kernel/failure.ts'
import { newId } from '../kernel/ids.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import type { InTransaction, Tx } from '../kernel/tx.ts'
import type { BlobStore } from './blob-store.ts'
import type { CrashPoint } from './crash-point.ts'
import { discardReservations } from './discard-reservations.ts'
import type { MediaLimits } from './limits.ts'
import { type SniffedType, sniffBytes, sniffType } from './media-type.ts'
import { demandRoom, refuseMoreThan } from './quota.ts'
import { newStorageKey } from './storage-key.ts'

export interface ReceiveUploadDeps {
  readonly inTransaction: InTransaction
  readonly blobs: Pick<BlobStore, 'put'>
  readonly limits: MediaLimits
  readonly now: () => number
  readonly reached: CrashPoint
}

export interface Upload {
  readonly bytes: AsyncIterable<Uint8Array>
  /** The sender's Content-Type. */
  readonly declaredType?: string | undefined
  /** The sender's Content-Length: refused before the first byte where it is too much. */
  readonly declaredSize?: number | undefined
  /** The SHA-256 in hex that the sender expects; `file.digest_mismatch` where it is another. */
  readonly expectedSha256?: string | undefined
  /** The idempotency claim it runs under. A reservation that an earlier holder of the claim left is expired. */
  readonly claimId?: string | undefined
  readonly signal: AbortSignal
}

/** Bytes that are durable and belong to nobody yet: `storeFiles` gives them a name, `discardReservations` lets them go. */
export interface ReceivedUpload extends SniffedType {
  readonly fileId: string
  readonly blobId: string
  readonly size: number
  readonly sha256: string
}

/**
 * T1 and T2: reserves a blob under a new key, then takes the bytes in one pass that hashes, counts and sniffs. Nothing is buffered
 * whole. Whatever fails, the reservation is given up and the failure rethrown; after a crash it expires by itself.
 */
export async function receiveUpload(deps: ReceiveUploadDeps, principal: Principal, upload: Upload): Promise<ReceivedUpload> {
  demand(principal, 'write')
  const reservation = await deps.inTransaction((tx) => reserve(deps, tx, principal, upload))
  deps.reached('upload.reserved')
  try {
    const received = await takeBytes(deps, reservation, upload)
    deps.reached('upload.stored')
    return received
  } catch (error) {
    // Best effort: where this fails too, the reservation's age ends it.
    const wasHeld = await deps.inTransaction((tx) => giveUp(tx, reservation)).catch(() => true)
    // Who ended the reservation deleted its bytes: the store is not to blame.
    throw wasHeld || !isUnavailable(error) ? error : superseded(error)
  }
}

async function giveUp(tx: Tx, reservation: Reservation): Promise<boolean> {
  const held = await tx.sql.get("SELECT 1 FROM stored_blob WHERE id = ? AND state = 'staging'", [reservation.blobId])
  await discardReservations(tx, [reservation], 'refused')
  return held !== undefined
}

const isUnavailable = (error: unknown) => error instanceof Failure && error.kind === 'unavailable'

/** The reservation ended, by its age or by another attempt, before its bytes became a file. */
export const superseded = (cause?: unknown): Failure =>
  new Failure('conflict', 'upload.superseded', 'the reservation of this upload has ended or was taken over', { cause })

interface Reservation {
  readonly fileId: string
  readonly blobId: string
  readonly storageKey: string
  /** What the tenant had left when it was made: the most that may come, announced or not. */
  readonly roomBytes: number
}

async function reserve(deps: ReceiveUploadDeps, tx: Tx, principal: Principal, upload: Upload): Promise<Reservation> {
  const declaredSize = upload.declaredSize ?? 0
  refuseLarger(declaredSize, Math.max(...Object.values(deps.limits.maxBytes)))
  const roomBytes = await demandRoom(deps.limits, tx, principal.tenantId, declaredSize)
  const reservation = { roomBytes, fileId: newId(tx.now), blobId: newId(tx.now), storageKey: newStorageKey() }
  await tx.sql.run(
    `INSERT INTO stored_blob (id, tenant_id, storage_key, state, size, created_at, expires_at) VALUES (?, ?, ?, 'staging', ?, ?, ?)`,
    [reservation.blobId, principal.tenantId, reservation.storageKey, declaredSize, tx.now, tx.now + deps.limits.reservationMs],
  )
  await tx.sql.run(
    `INSERT INTO file (id, tenant_id, owner_id, media_type, kind, size, blob_id, state, is_private, favourite, tags, version,
                       created_at, updated_at, epoch, claim_id)
     VALUES (?, ?, ?, '', 'other', 0, ?, 'reserved', 0, 0, '[]', 1, ?, ?, 0, ?)`,
    [reservation.fileId, principal.tenantId, principal.userId, reservation.blobId, tx.now, tx.now, upload.claimId ?? null],
  )
  return reservation
}

async function takeBytes(deps: ReceiveUploadDeps, reservation: Reservation, upload: Upload): Promise<ReceivedUpload> {
  const pass = onePass(deps, reservation, upload)
  await deps.blobs.put(reservation.storageKey, pass.bytes, upload.signal)
  const { sniffed, size, sha256 } = pass.result()
  if (upload.expectedSha256 !== undefined && upload.expectedSha256.toLowerCase() !== sha256) {
    throw new Failure('unprocessable', 'file.digest_mismatch', 'the bytes that arrived have another SHA-256 than the one announced')
  }
  return { fileId: reservation.fileId, blobId: reservation.blobId, size, sha256, ...sniffed }
}

/** Hash, size and type of the bytes that flow through. */
function onePass(deps: ReceiveUploadDeps, reservation: Reservation, upload: Upload) {
  const hash = createHash('sha256')
  const renew = renewal(deps, reservation)
  let head: Uint8Array | undefined = new Uint8Array(0)
  let sniffed: SniffedType | undefined
  let size = 0

  const decideType = async (soFar: Uint8Array) => {
    sniffed = await sniffType(soFar, upload.declaredType)
    head = undefined
    refuseKind(deps.limits, sniffed)
  }

  const refuseExcess = () => {
    refuseMoreThan(reservation.roomBytes, size)
    if (sniffed !== undefined) refuseLarger(size, deps.limits.maxBytes[sniffed.kind])
  }

  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const chunk of upload.bytes) {
      size += chunk.length
      hash.update(chunk)
      if (head !== undefined) {
        head = Buffer.concat([head, chunk.subarray(0, sniffBytes - head.length)])
        if (head.length === sniffBytes) await decideType(head)
      }
      refuseExcess()
      await renew(size)
      yield chunk
      deps.reached('upload.receiving')
    }
    if (head !== undefined) await decideType(head)
    refuseExcess()
  }

  const result = () => {
    if (sniffed === undefined) throw new Error('the bytes have not been read to their end')
    return { sniffed, size, sha256: hash.digest('hex') }
  }
  return { bytes: bytes(), result }
}

function refuseKind(limits: MediaLimits, { kind, mediaType }: SniffedType): void {
  if (limits.acceptedKinds.has(kind)) return
  throw new Failure('unsupported_type', 'file.kind_refused', `files of the kind ${kind} are not accepted here`, {
    extra: { kind, mediaType },
  })
}

function refuseLarger(size: number, maxBytes: number): void {
  if (size <= maxBytes) return
  throw new Failure('too_large', 'file.too_large', `the file is larger than ${maxBytes} bytes`, { extra: { maxBytes } })
}

/** While bytes arrive the reservation stays: its end moves on, and its hold on the quota grows with what has come. */
function renewal(deps: ReceiveUploadDeps, { blobId }: Reservation): (size: number) => Promise<void> {
  const everyMs = deps.limits.reservationMs / 4
  let nextAt = deps.now() + everyMs
  return async (size) => {
    if (deps.now() < nextAt) return
    nextAt = deps.now() + everyMs
    const kept = await deps.inTransaction(async (tx) => {
      const { changes } = await tx.sql.run(
        "UPDATE stored_blob SET expires_at = ?, size = CASE WHEN size < ? THEN ? ELSE size END WHERE id = ? AND state = 'staging'",
        [tx.now + deps.limits.reservationMs, size, size, blobId],
      )
      return changes === 1
    })
    if (!kept) throw superseded()
  }
}
