import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startPublishingServer } from '../../http/test-publishing-server.ts'
import { type ProtocolVersion, protocolVersions } from '../../live/protocol.ts'
import { testPublisher } from '../../live/testing/publisher-contract.ts'
import type { TrustedHub } from '../../live/testing/test-hub.ts'
import { publisherTo, remote } from './test-publisher.ts'

/** `http://ISSUER:SECRET@HOST:PORT/.well-known/mercure`, by the version that the hub there speaks. */
const addresses = {
  'draft-08': process.env['HOLDFAST_TEST_MERCURE_URL'] ?? '',
  '0.x': process.env['HOLDFAST_TEST_MERCURE_0_URL'] ?? '',
}

function hubOf(version: ProtocolVersion): TrustedHub {
  const { origin, pathname, username, password } = new URL(addresses[version])
  return { url: `${origin}${pathname}`, version, issuer: decodeURIComponent(username), secret: decodeURIComponent(password) }
}

for (const version of protocolVersions) {
  const skip = addresses[version] === '' && 'no hub of the reference beside the tests'

  test(`the reference hub takes what is published in ${version}`, { skip }, async (t) => {
    const publisher = publisherTo(hubOf(version))
    await publisher.check()
    await testPublisher(t, { publisher, inTransaction: remote.inTransaction, hub: hubOf(version) }, { isOnce: false })
  })

  test(`the reference hub takes the tokens of GET /v1/events in ${version}, and tells nobody of what it may not see`, {
    skip,
  }, async (t) => {
    await using service = await startPublishingServer(t, hubOf(version))
    const { auth, stranger, upload, listen } = service
    const [ours, theirs] = [await listen(auth), await listen(stranger)]
    const files = [await upload(auth, 'ours.txt'), await upload(stranger, 'theirs.txt')]
    const told = [...(await ours.take(1)), ...(await theirs.take(1))].map(({ data }) => JSON.parse(data).id)
    assert.deepEqual(told, files)
    assert.equal((await service.hubHealth())?.status, 'up')
  })
}
