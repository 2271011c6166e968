import type { AzureAddress } from '../adapters/azure-blobs/azure-container.ts'
import { noIdentity } from '../adapters/azure-blobs/managed-identity.ts'
import { Failure } from '../kernel/failure.ts'
import type { BlobPlace } from './open-blobs.ts'

/** What an operator can do about a store that refuses, by its words. */
export function mendStorage(place: BlobPlace, error: unknown): string {
  if (!(error instanceof Failure) || error.code !== 'storage.unavailable') return 'see what docs/errors.md says of it'
  if ('folder' in place) return 'check the folder that STORAGE_URL names, its permissions and its room'
  const { reason, status } = error.extra
  if (reason === 'ContainerNotFound') return `make the container ${place.container}, or check AZURE_BLOB_CONTAINER`
  if (reason === 'ContainerBeingDeleted') return `wait until the container ${place.container} is gone, and make it again`
  if (reason === noIdentity || status === 401 || status === 403) return mendCredential(place)
  if (status === undefined)
    return `check AZURE_BLOB_ENDPOINT, and that this machine reaches ${new URL(place.endpoint).host}: its name, the firewalls between`
  return 'try again; where it stays, ask Azure with the id of the request, which the log of the service has'
}

function mendCredential({ sasToken, accountKey }: AzureAddress): string {
  if (sasToken !== undefined) {
    return 'check AZURE_BLOB_SAS_TOKEN: that it is whole, of this container, not expired, and may read, create, write, delete and list'
  }
  if (accountKey !== undefined) {
    return 'check AZURE_BLOB_ACCOUNT_KEY: that it is of the account in AZURE_BLOB_ENDPOINT, that it was not changed since, and that the account takes keys'
  }
  return 'give this machine an identity with the role Storage Blob Data Contributor on the container; check AZURE_CLIENT_ID where it has several'
}
