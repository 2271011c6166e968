import { randomUUID } from 'node:crypto'
import { ContainerClient, ContainerSASPermissions, generateBlobSASQueryParameters, StorageSharedKeyCredential } from '@azure/storage-blob'

/** A container of one's own in an account that others use too; deleted afterwards. */
export interface OwnContainer extends AsyncDisposable {
  /** Of a house that keeps its blobs there. */
  readonly settings: Readonly<Record<string, string>>
}

/** `url`: `http://ACCOUNT:KEY@HOST:PORT/ACCOUNT` */
export async function makeContainer(url: string): Promise<OwnContainer> {
  const { origin, pathname, password } = new URL(url)
  const settings = {
    STORAGE_URL: 'azure:',
    AZURE_BLOB_ENDPOINT: `${origin}${pathname}`,
    AZURE_BLOB_CONTAINER: `test-${randomUUID()}`,
    AZURE_BLOB_ACCOUNT_KEY: decodeURIComponent(password),
  }
  await containerOf(settings).create()
  return { settings, [Symbol.asyncDispose]: async () => void (await containerOf(settings).deleteIfExists()) }
}

/** Of blobs: the mark of the house is none. Undefined where these are the settings of a house that keeps its blobs elsewhere. */
export async function keysInContainer(settings: Readonly<Record<string, string>> = {}): Promise<string[] | undefined> {
  if (settings['STORAGE_URL'] !== 'azure:') return undefined
  const names: string[] = []
  for await (const { name } of containerOf(settings).listBlobsFlat()) if (!name.startsWith('.')) names.push(name)
  return names
}

/** Every blob, behind the back of the house. */
export async function deleteInContainer(settings: Readonly<Record<string, string>>): Promise<void> {
  for (const name of (await keysInContainer(settings)) ?? []) await containerOf(settings).deleteBlob(name)
}

/** A signature with these rights (`rcwdl`) for so long from now; negative: expired. */
export function signContainer(settings: Readonly<Record<string, string>>, rights: string, expiresInMs: number): string {
  const { credential, containerName } = containerOf(settings)
  if (!(credential instanceof StorageSharedKeyCredential)) throw new Error('only who has the key can sign')
  const [startsOn, expiresOn] = [new Date(0), new Date(Date.now() + expiresInMs)]
  const permissions = ContainerSASPermissions.parse(rights)
  return generateBlobSASQueryParameters({ containerName, permissions, startsOn, expiresOn }, credential).toString()
}

export function containerOf(settings: Readonly<Record<string, string>>): ContainerClient {
  const { AZURE_BLOB_ENDPOINT: endpoint = '', AZURE_BLOB_CONTAINER: container, AZURE_BLOB_ACCOUNT_KEY: key = '' } = settings
  const account = new URL(endpoint).pathname.slice(1)
  return new ContainerClient(`${endpoint}/${container}`, new StorageSharedKeyCredential(account, key))
}
