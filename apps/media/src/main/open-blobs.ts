import type { AzureAddress } from '../adapters/azure-blobs/azure-container.ts'
import { openFolderBlobs } from '../adapters/folder-blobs.ts'
import { folderHouseMark } from '../adapters/folder-house-mark.ts'
import type { Metrics } from '../http/metrics.ts'
import { type GuardedBlobs, guardBlobs } from '../media/guarded-blobs.ts'
import type { HouseMark } from '../media/house-store.ts'
import { watchBlobs } from '../media/watched-blobs.ts'

interface FolderPlace {
  readonly folder: string
  /** The group of the folder reads them too: a proxy that sends them. */
  readonly groupReads: boolean
}

/** The place of the blobs: a folder, or a container of Azure. */
export type BlobPlace = FolderPlace | AzureAddress

export interface OpenBlobs extends GuardedBlobs {
  readonly houseMark: HouseMark
  /** Makes the place where it is missing, and we may make it. May be repeated. */
  provide(signal?: AbortSignal): Promise<void>
}

/** The driver of Azure is loaded only where it is needed. Throws `storage.unavailable` where a folder cannot be made. */
export async function openBlobs(place: BlobPlace, metrics: Pick<Metrics, 'callsOf'>): Promise<OpenBlobs> {
  const { blobs, ...store } = 'folder' in place ? await openFolder(place) : await openAzure(place)
  return { ...store, ...guardBlobs(watchBlobs(blobs, metrics.callsOf('storage'))) }
}

async function openFolder({ folder, groupReads }: FolderPlace) {
  const blobs = await openFolderBlobs(folder, groupReads ? 0o640 : 0o600)
  return { blobs, houseMark: folderHouseMark(folder), provide: async () => undefined }
}

async function openAzure(address: AzureAddress) {
  const { azureStore } = await import('../adapters/azure-blobs/azure-store.ts')
  return azureStore(address)
}
