import { azureBlobs } from '../adapters/azure-blobs/azure-blobs.ts'
import { type AzureAddress, openContainer } from '../adapters/azure-blobs/azure-container.ts'
import { azureHouseMark } from '../adapters/azure-blobs/azure-house-mark.ts'
import { openFolderBlobs } from '../adapters/folder-blobs.ts'
import { folderHouseMark } from '../adapters/folder-house-mark.ts'
import type { BlobStore } from '../media/blob-store.ts'
import type { HouseMark } from '../media/house-store.ts'

/** The place of the blobs: a folder, or a container of Azure. */
export type BlobPlace = { readonly folder: string } | AzureAddress

export interface OpenBlobs {
  readonly blobs: BlobStore
  readonly houseMark: HouseMark
}

/** Nothing is asked of Azure before it is needed. Throws `storage.unavailable` where a folder cannot be made. */
export async function openBlobs(place: BlobPlace): Promise<OpenBlobs> {
  if ('folder' in place) return { blobs: await openFolderBlobs(place.folder), houseMark: folderHouseMark(place.folder) }
  const container = openContainer(place)
  return { blobs: azureBlobs(container), houseMark: azureHouseMark(container) }
}
