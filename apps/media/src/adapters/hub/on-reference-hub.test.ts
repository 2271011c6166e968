import { test } from 'node:test'
import { protocolVersions } from '../../live/protocol.ts'
import { testPublisher } from '../../live/testing/publisher-contract.ts'
import { publisherTo, remote } from './test-publisher.ts'

/** `http://ISSUER:SECRET@HOST:PORT/.well-known/mercure`, by the version that the hub there speaks. */
const addresses = {
  'draft-08': process.env['HOLDFAST_TEST_MERCURE_URL'] ?? '',
  '0.x': process.env['HOLDFAST_TEST_MERCURE_0_URL'] ?? '',
}

for (const version of protocolVersions) {
  const address = addresses[version]
  test(`publishing to the reference hub in ${version}`, { skip: address === '' && 'no hub beside the tests' }, async (t) => {
    const { origin, pathname, username: issuer, password: secret } = new URL(address)
    const hub = { url: `${origin}${pathname}`, version, issuer: decodeURIComponent(issuer), secret: decodeURIComponent(secret) }
    const publisher = publisherTo(hub)
    await publisher.check()
    await testPublisher(t, { publisher, inTransaction: remote.inTransaction, hub }, { isOnce: false })
  })
}
