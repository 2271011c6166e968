import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { AzureRefusal, asking, unavailableFor } from './azure-call.ts'
import { type IdentityPlace, managedIdentity } from './managed-identity.ts'

/** Where the blobs are, and how the store knows us: by a signature, by the account's key, or by the identity of the machine we run on. */
export interface AzureAddress {
  /** `https://ACCOUNT.blob.core.windows.net`, or `http://HOST:PORT/ACCOUNT`. */
  readonly endpoint: string
  readonly container: string
  readonly sasToken: string | undefined
  readonly accountKey: string | undefined
  /** Asked where neither is given. */
  readonly identity: IdentityPlace
}

/** Of one call; the driver tries again what failed at the server or on the way. */
const retryOptions = { maxTries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 }
/**
 * Without its own, which keeps connections until the other end closes them, the driver takes Node's agent: that lets go of one that was idle for 5 s. A network that
 * was cut for a moment leaves connections that nobody closes, and each would hold up a call as long as one may take.
 */
const keepAliveOptions = { enable: false }

export function openContainer({ endpoint, container, sasToken, accountKey, identity }: AzureAddress): ContainerClient {
  const url = `${endpoint}/${container}`
  const options = { retryOptions, keepAliveOptions, userAgentOptions: { userAgentPrefix: 'holdfast' } }
  if (sasToken !== undefined) return new ContainerClient(`${url}?${sasToken.replace(/^\?/, '')}`, undefined, options)
  if (accountKey !== undefined) return new ContainerClient(url, new StorageSharedKeyCredential(accountOf(endpoint), accountKey), options)
  return new ContainerClient(url, managedIdentity(identity), options)
}

/**
 * Makes the container where it is missing. Not by a signature, which is for a container that is there; and where the store forbids it, whoever
 * may has made it, or the first use tells. Throws `storage.unavailable`.
 */
export async function provideContainer(container: ContainerClient, { sasToken }: AzureAddress, signal?: AbortSignal): Promise<void> {
  if (sasToken !== undefined) return
  try {
    await asking((abortSignal) => container.create({ abortSignal }), signal)
  } catch (error) {
    const isSettled = error instanceof AzureRefusal && (error.status === 403 || error.code === 'ContainerAlreadyExists')
    if (!isSettled) throw unavailableFor(error)
  }
}

/** The first label of the host, or, where the endpoint has a path as Azurite's has, the path. */
function accountOf(endpoint: string): string {
  const { hostname, pathname } = new URL(endpoint)
  return pathname.replace(/^\//, '') || (hostname.split('.')[0] ?? '')
}
