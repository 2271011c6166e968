import type { ContainerClient } from '@azure/storage-blob'
import type { HouseMark } from '../../media/house-store.ts'
import { AzureRefusal, asking, isMissing, unavailableFor } from './azure-call.ts'

const markName = '.house'

export const isMark = (name: string): boolean => name === markName

/** A blob that is no blob of ours: an empty one, with the name of the house in its metadata. */
export function azureHouseMark(container: ContainerClient): HouseMark {
  const mark = container.getBlockBlobClient(markName)
  const put = (houseId: string, conditions = {}, signal?: AbortSignal) =>
    asking((abortSignal) => mark.upload('', 0, { abortSignal, conditions, metadata: { house: houseId } }), signal)
  return {
    read: async (signal) => {
      try {
        return (await asking((abortSignal) => mark.getProperties({ abortSignal }), signal)).metadata?.['house']
      } catch (error) {
        if (isMissing(error)) return undefined
        throw unavailableFor(error)
      }
    },
    write: async (houseId, signal) => {
      try {
        await put(houseId, { ifNoneMatch: '*' }, signal)
      } catch (error) {
        if (!(error instanceof AzureRefusal) || error.code !== 'BlobAlreadyExists') throw unavailableFor(error)
      }
    },
    replace: async (houseId) => {
      await put(houseId).catch((error: unknown) => Promise.reject(unavailableFor(error)))
    },
  }
}
