import type { Kind } from './media-type.ts'

export interface MediaLimits {
  /** The largest file of each kind, in bytes. */
  readonly maxBytes: Readonly<Record<Kind, number>>
  /** Every other kind is refused with `file.kind_refused`. */
  readonly acceptedKinds: ReadonlySet<Kind>
  /** Bytes that a tenant's blobs may take together; undefined is no limit. */
  readonly tenantQuotaBytes: number | undefined
  /** How long a reservation outlives the last byte that arrived for it. */
  readonly reservationMs: number
  /** Between an acknowledged delete and the purge. */
  readonly purgeDelayMs: number
}

/** Folders below the top of the tree, at most. */
export const maxFolderDepth = 64
