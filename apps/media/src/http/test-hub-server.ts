import type { TestContext } from 'node:test'
import type { ProtocolVersion } from '../live/protocol.ts'
import { createTestParty, testSecret } from '../live/testing/test-hub.ts'
import { closeWithin } from './close-within.ts'
import { hubPath } from './hub-access.ts'
import { listen, startTestServer } from './test-server.ts'

const graceMs = 1_000

/** The server with its hub at work, and somebody who has the secret. */
export async function startTestHub(t: TestContext, version: ProtocolVersion = 'draft-08', secrets = testSecret) {
  const settings = { MERCURE_JWT_SECRET: secrets, MERCURE_PROTOCOL: version }
  const { app, holdfast, ...rest } = await startTestServer(t, {}, settings)
  const origin = `http://127.0.0.1:${await listen(app)}`
  const hub = { url: `${origin}${hubPath}`, version, issuer: 'holdfast', secret: testSecret }
  const stop = new AbortController()
  const running = holdfast.live.own?.hub.run(stop.signal)
  return {
    ...rest,
    ...{ app, holdfast, origin, hub },
    party: createTestParty(hub),
    // Before what the test server closes after the test.
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await Promise.all([running, closeWithin(app, graceMs)])
    },
  }
}
