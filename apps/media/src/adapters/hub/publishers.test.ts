import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { hubPath } from '../../http/hub-access.ts'
import { startTestHub } from '../../http/test-hub-server.ts'
import { protocolVersions } from '../../live/protocol.ts'
import { testPublisher } from '../../live/testing/publisher-contract.ts'
import { readUpdates } from '../../live/update-log.ts'
import { logPublisher } from './log-publisher.ts'
import { anUpdate, publisherTo, remote } from './test-publisher.ts'

for (const version of protocolVersions) {
  test(`publishers to a hub that speaks ${version}`, async (t) => {
    await using started = await startTestHub(t, version)
    const { hub, holdfast } = started
    const { inTransaction, read } = holdfast.media
    // Not what the hub itself tells of who listens.
    const published = async () => (await readUpdates(read, 0, 1_000)).filter(({ topics }) => !topics[0]?.startsWith(hubPath))

    await t.test('into the log', (own) => testPublisher(own, { publisher: logPublisher, inTransaction, hub }, { isOnce: true }))
    await t.test('over HTTP', (own) => testPublisher(own, { publisher: publisherTo(hub), inTransaction, hub }, { isOnce: true }))

    await t.test('a hub can be asked whether it would take updates, and sends none for it', async () => {
      const before = await published()
      await publisherTo(hub).check()
      assert.deepEqual(await published(), before)
    })

    await t.test('a token that the hub does not accept is true of every update, one that it cannot take of that one', async () => {
      const refused = { fault: 'away', message: 'the hub does not accept our token (401)' }
      const wrong = publisherTo({ ...hub, secret: 'another secret, that is as long as it' })
      await assert.rejects(wrong.publish(anUpdate(), remote), refused)
      await assert.rejects(wrong.check(), refused)
      await assert.rejects(publisherTo(hub).publish(anUpdate({ topics: ['*'] }), remote), { fault: 'refused' })
      await assert.rejects(publisherTo(hub).publish(anUpdate({ data: 'x'.repeat(70_000) }), remote), { fault: 'refused' })
      const elsewhere = { ...hub, url: new URL('/elsewhere', hub.url).href }
      await assert.rejects(publisherTo(elsewhere).check(), { fault: 'away', message: 'the hub is not at this URL (404)' })
    })
  })
}

test('a hub that is dead, silent, or something else is away', async (t) => {
  const answers = [503, 301, 200]
  const server = createServer((_request, response) => {
    const status = answers.shift()
    if (status !== undefined) response.writeHead(status, { location: '/elsewhere' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close().closeAllConnections())
  const { port } = server.address() as AddressInfo
  const hub = { version: 'draft-08', issuer: 'holdfast', secret: 'a secret of the tests, 32 characters' } as const
  const url = `http://127.0.0.1:${port}/.well-known/mercure`
  await assert.rejects(publisherTo({ ...hub, url }).publish(anUpdate(), remote), { fault: 'away', message: /\(503\)$/ })
  await assert.rejects(publisherTo({ ...hub, url }).publish(anUpdate(), remote), { fault: 'away', message: /\(301\)$/ })
  await assert.rejects(publisherTo({ ...hub, url }).check(), { fault: 'away', message: /\(200\)$/ })
  await assert.rejects(publisherTo({ ...hub, url }, 100).publish(anUpdate(), remote), { fault: 'away', message: /TimeoutError/ })
  const given = { ...remote, signal: AbortSignal.timeout(100) }
  await assert.rejects(publisherTo({ ...hub, url }).publish(anUpdate(), given), { fault: 'away', message: /TimeoutError/ })
  server.close().closeAllConnections()
  await assert.rejects(publisherTo({ ...hub, url }).check(), { fault: 'away', message: /ECONNREFUSED/ })
})
