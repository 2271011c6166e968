import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { before, describe, it } from 'node:test'
import { ContainerClient, ContainerSASPermissions, generateBlobSASQueryParameters, StorageSharedKeyCredential } from '@azure/storage-blob'
import type { Failure } from '../../kernel/failure.ts'
import { testBlobStore } from '../../media/testing/test-blob-store.ts'
import { azureBlobs } from './azure-blobs.ts'
import { openContainer, provideContainer } from './azure-container.ts'
import { azureHouseMark } from './azure-house-mark.ts'

const url = process.env['HOLDFAST_TEST_AZURE_BLOB_URL']
const skip = url === undefined && 'no HOLDFAST_TEST_AZURE_BLOB_URL'
const { origin, pathname, username, password } = new URL(url ?? 'http://nowhere')
const place = {
  endpoint: `${origin}${pathname}`,
  container: `test-${randomUUID()}`,
  sasToken: undefined,
  accountKey: decodeURIComponent(password),
  identity: {},
}

describe('blobs in Azure', { skip }, () => {
  const container = openContainer(place)
  before(async () => void (await container.create()))

  testBlobStore('by the key of the account', skip, async () => azureBlobs(container))
  testBlobStore('by a signature', skip, async () => azureBlobs(openContainer({ ...place, accountKey: undefined, sasToken: signature() })))

  it('tells no caller and no log of a signature that is refused, but the status and code', async () => {
    const sasToken = signature().replace(/sig=[^&]{10}/, 'sig=AAAAAAAAAA')
    const blobs = azureBlobs(openContainer({ ...place, accountKey: undefined, sasToken }))
    const refused = await blobs.size('ab/key').catch((error: unknown) => error as Failure)
    assert.ok(refused instanceof Error)
    const { code, kind, extra, cause } = refused
    assert.deepEqual(
      { code, kind, extra },
      { code: 'storage.unavailable', kind: 'unavailable', extra: { reason: 'AuthorizationFailure', status: 403 } },
    )
    assert.match(String(Reflect.get(Object(cause), 'requestId')), /^[0-9a-f-]{36}$/)
    assert.doesNotMatch(JSON.stringify([String(refused.stack), cause, String(Reflect.get(Object(cause), 'stack'))]), /sig=|AAAAAAAAAA/)
  })

  it('is the same place by the key, by a signature, and by the next signature while the one before is valid', async () => {
    const [one, next] = [signature(1), signature(2)].map((sasToken) => openContainer({ ...place, accountKey: undefined, sasToken }))
    assert.ok(one && next)
    const key = `ab/${randomUUID()}`
    await azureBlobs(one).put(key, bytes('x'), new AbortController().signal)
    for (const opened of [next, one, container]) assert.equal(await azureBlobs(opened).size(key), 1)
  })

  it('takes no container for a missing blob', async () => {
    const blobs = azureBlobs(openContainer({ ...place, container: `none-${randomUUID()}` }))
    for (const call of [() => blobs.open('ab/key'), () => blobs.size('ab/key'), () => blobs.delete('ab/key')]) {
      await assert.rejects(call(), ({ code }: Failure) => code === 'storage.unavailable')
    }
  })

  it('keeps what ends at a block, just before, just after and blocks later, from chunks that fit none', async () => {
    const blobs = azureBlobs(container)
    for (const size of [393_215, 393_216, 393_217, 786_432, 1_500_000]) {
      const [key, sent] = [`ab/${randomUUID()}`, randomBytes(size)]
      await blobs.put(key, inChunks(sent, 70_001), new AbortController().signal)
      assert.ok((await buffer(await blobs.open(key))).equals(sent), String(size))
    }
  })

  it('makes its container, and leaves one that is there; by a signature it asks for none', async () => {
    const missing = { ...place, container: `made-${randomUUID()}` }
    const made = openContainer(missing)
    await provideContainer(made, { ...missing, sasToken: signature() })
    assert.equal(await made.exists(), false)
    await provideContainer(made, missing)
    await azureBlobs(made).put('ab/key', bytes('x'), new AbortController().signal)
    await provideContainer(made, missing)
    assert.equal(await azureBlobs(made).size('ab/key'), 1)
  })

  it('deletes a blob with its snapshots', async () => {
    const blobs = azureBlobs(container)
    const key = `ab/${randomUUID()}`
    await blobs.put(key, bytes('x'), new AbortController().signal)
    await container.getBlobClient(key).createSnapshot()
    await blobs.delete(key)
    assert.equal(await blobs.size(key), undefined)
  })

  it('marks the house it is of, beside its blobs', async () => {
    const marked = new ContainerClient(
      `${place.endpoint}/house-${randomUUID()}`,
      new StorageSharedKeyCredential(username, place.accountKey),
    )
    await marked.create()
    const mark = azureHouseMark(marked)
    assert.equal(await mark.read(), undefined)
    await mark.write('first')
    await mark.write('second')
    assert.equal(await mark.read(), 'first')
    await mark.replace('third')
    assert.equal(await mark.read(), 'third')
    for await (const { key } of azureBlobs(marked).list()) assert.fail(key)
  })
})

async function* bytes(text: string) {
  yield Buffer.from(text)
}

/** Each of its own memory. */
async function* inChunks(whole: Uint8Array, chunkBytes: number) {
  for (let start = 0; start < whole.length; start += chunkBytes) yield new Uint8Array(whole.subarray(start, start + chunkBytes))
}

function signature(hours = 1): string {
  const permissions = ContainerSASPermissions.parse('rcwdl')
  const expiresOn = new Date(Date.now() + hours * 3_600_000)
  const credential = new StorageSharedKeyCredential(username, place.accountKey)
  return generateBlobSASQueryParameters({ containerName: place.container, permissions, expiresOn }, credential).toString()
}
