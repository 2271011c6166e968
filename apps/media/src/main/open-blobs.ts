import { azureBlobs } from '../adapters/azure-blobs/azure-blobs.ts'
import { type AzureAddress, openContainer, provideContainer } from '../adapters/azure-blobs/azure-container.ts'
import { azureHouseMark } from '../adapters/azure-blobs/azure-house-mark.ts'
import { openFolderBlobs } from '../adapters/folder-blobs.ts'
import { folderHouseMark } from '../adapters/folder-house-mark.ts'
import type { Metrics } from '../http/metrics.ts'
import type { BlobStore } from '../media/blob-store.ts'
import { type GuardedBlobs, guardBlobs } from '../media/guarded-blobs.ts'
import type { HouseMark } from '../media/house-store.ts'
import { watchBlobs } from '../media/watched-blobs.ts'

/** The place of the blobs: a folder, or a container of Azure. */
export type BlobPlace = { readonly folder: string } | AzureAddress

export interface OpenBlobs extends GuardedBlobs {
  readonly houseMark: HouseMark
  /** Makes the place where it is missing, and we may make it. May be repeated. */
  provide(signal?: AbortSignal): Promise<void>
}

/** Nothing is asked of Azure before it is needed. Throws `storage.unavailable` where a folder cannot be made. */
export async function openBlobs(place: BlobPlace, metrics: Pick<Metrics, 'callsOf'>): Promise<OpenBlobs> {
  const guarded = (blobs: BlobStore) => guardBlobs(watchBlobs(blobs, metrics.callsOf('storage')))
  if ('folder' in place) {
    const { folder } = place
    return { ...guarded(await openFolderBlobs(folder)), houseMark: folderHouseMark(folder), provide: async () => undefined }
  }
  const container = openContainer(place)
  const provide = (signal?: AbortSignal) => provideContainer(container, place, signal)
  return { ...guarded(azureBlobs(container)), houseMark: azureHouseMark(container), provide }
}
