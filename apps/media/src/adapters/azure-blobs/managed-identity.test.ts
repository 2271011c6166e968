import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { makeAuthority } from '../../../../../test/service/authority.ts'
import { startAzurite } from '../../../../../tools/servers/azurite.ts'
import { createTemporaryFolder } from '../../../../../tools/servers/temporary-folder.ts'
import { testBlobStore } from '../../media/testing/test-blob-store.ts'
import { azureBlobs } from './azure-blobs.ts'
import { openContainer, provideContainer } from './azure-container.ts'
import { managedIdentity, noIdentity } from './managed-identity.ts'

const skip = process.env['HOLDFAST_TEST_AZURE_BLOB_URL'] === undefined && 'no HOLDFAST_TEST_AZURE_BLOB_URL'

const header = 'the secret of this platform'
const hourMs = 3_600_000

/** What App Service gives its machines. Real but for the signature, which only Azure could make and Azurite does not look at. */
async function startPlatform(answer: RequestListener = giveToken) {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/msi/token`
  return { endpoint, asked, [Symbol.asyncDispose]: async () => void server.close() }
}

const giveToken: RequestListener = (_request, response) => {
  const expiresOn = Math.floor((Date.now() + hourMs) / 1000)
  response.setHeader('content-type', 'application/json')
  // As a string, which is what the platform makes of it.
  response.end(JSON.stringify({ access_token: tokenUntil(expiresOn), expires_on: String(expiresOn), token_type: 'Bearer' }))
}

function tokenUntil(expiresOn: number): string {
  const issuedAt = expiresOn - hourMs / 1000
  const claims = {
    aud: 'https://storage.azure.com',
    iss: `https://sts.windows.net/${randomUUID()}/`,
    iat: issuedAt,
    nbf: issuedAt,
    exp: expiresOn,
  }
  const parts = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  return [...parts, 'signature'].join('.')
}

describe('the identity of the machine', () => {
  it('is asked for as the platform wants it, and tells until when its token is valid', async () => {
    await using platform = await startPlatform()
    const before = Date.now()
    const { expiresOnTimestamp } = await managedIdentity({ endpoint: platform.endpoint, header, clientId: 'one of several' }).getToken()
    assert.ok(Math.abs(expiresOnTimestamp - before - hourMs) < 60_000)
    const [{ url = '', headers } = {} as IncomingMessage, ...more] = platform.asked
    assert.deepEqual([headers['x-identity-header'], more], [header, []])
    assert.deepEqual(Object.fromEntries(new URL(url, platform.endpoint).searchParams), {
      'api-version': '2019-08-01',
      resource: 'https://storage.azure.com/',
      client_id: 'one of several',
    })
  })

  it('is none where the platform refuses, answers something else, or nobody answers', async () => {
    const answers: RequestListener[] = [
      (_request, response) => void response.writeHead(400).end('{"error":"invalid_request"}'),
      (_request, response) => void response.end('no JSON'),
      (_request, response) => void response.end('{"access_token":"only"}'),
      (request) => void request.socket.destroy(),
    ]
    for (const answer of answers) {
      await using platform = await startPlatform(answer)
      await assert.rejects(managedIdentity({ endpoint: platform.endpoint, header }).getToken(), { code: noIdentity })
    }
  })
})

describe('blobs by the identity of the machine', { skip }, () => {
  const resources = new AsyncDisposableStack()
  let place: Parameters<typeof openContainer>[0]
  let asked: readonly IncomingMessage[]

  before(async () => {
    const { path } = resources.use(createTemporaryFolder('identity'))
    const authority = await makeAuthority(path, 'ours')
    setDefaultCACertificates([...getCACertificates('default'), await readFile(authority.ca, 'utf8')])
    const azurite = resources.use(await startAzurite(await authority.certify('localhost', path)))
    const platform = resources.use(await startPlatform())
    asked = platform.asked
    const { origin, pathname } = new URL(azurite.url)
    const identity = { endpoint: platform.endpoint, header }
    place = { endpoint: `${origin}${pathname}`, container: `test-${randomUUID()}`, sasToken: undefined, accountKey: undefined, identity }
    await provideContainer(openContainer(place), place)
  })
  after(() => resources.disposeAsync())

  testBlobStore('the same as by key and signature', skip, async () => azureBlobs(openContainer(place)))

  it('asks for no second token while the first one is valid', async () => {
    const blobs = azureBlobs(openContainer(place))
    const before = asked.length
    for (let call = 0; call < 3; call++) assert.equal(await blobs.size('ab/none'), undefined)
    assert.equal(asked.length, before + 1)
  })
})
