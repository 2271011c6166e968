import type { BlobStore } from '../../media/blob-store.ts'
import type { HouseMark } from '../../media/house-store.ts'
import { azureBlobs } from './azure-blobs.ts'
import { type AzureAddress, openContainer, provideContainer } from './azure-container.ts'
import { azureHouseMark } from './azure-house-mark.ts'

export interface AzureStore {
  readonly blobs: BlobStore
  readonly houseMark: HouseMark
  /** Makes the container where it is missing, and we may make it. */
  provide(signal?: AbortSignal): Promise<void>
}

/** What one container is for us. Nothing is asked of it before it is needed. */
export function azureStore(address: AzureAddress): AzureStore {
  const container = openContainer(address)
  return {
    blobs: azureBlobs(container),
    houseMark: azureHouseMark(container),
    provide: (signal) => provideContainer(container, address, signal),
  }
}
