import { azureBlobs } from '../adapters/azure-blobs/azure-blobs.ts'
import { type AzureAddress, openContainer } from '../adapters/azure-blobs/azure-container.ts'
import { azureHouseMark } from '../adapters/azure-blobs/azure-house-mark.ts'
import { openFolderBlobs } from '../adapters/folder-blobs.ts'
import { folderHouseMark } from '../adapters/folder-house-mark.ts'
import { type GuardedBlobs, guardBlobs } from '../media/guarded-blobs.ts'
import type { HouseMark } from '../media/house-store.ts'

/** The place of the blobs: a folder, or a container of Azure. */
export type BlobPlace = { readonly folder: string } | AzureAddress

export interface OpenBlobs extends GuardedBlobs {
  readonly houseMark: HouseMark
}

/** Nothing is asked of Azure before it is needed. Throws `storage.unavailable` where a folder cannot be made. */
export async function openBlobs(place: BlobPlace): Promise<OpenBlobs> {
  if ('folder' in place) return { ...guardBlobs(await openFolderBlobs(place.folder)), houseMark: folderHouseMark(place.folder) }
  const container = openContainer(place)
  return { ...guardBlobs(azureBlobs(container)), houseMark: azureHouseMark(container) }
}
