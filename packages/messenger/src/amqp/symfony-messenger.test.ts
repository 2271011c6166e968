import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { createMessenger, incoming, message, outgoing } from '../index.ts'
import { until } from '../testing/scene.ts'
import { brokerUrl, withoutBroker } from './test-broker.ts'
import { count, counting, openScene } from './test-scene.ts'

/** The folder that holds `Symfony/Component/Messenger`. */
const components = process.env['HOLDFAST_TEST_SYMFONY_PATH']
const withoutSymfony = components === undefined && 'no Symfony Messenger: HOLDFAST_TEST_SYMFONY_PATH names none'
const program = fileURLToPath(new URL('symfony-messenger.fixture.php', import.meta.url))

async function runSymfony(command: 'send' | 'receive', queue: string): Promise<string> {
  const { stdout } = await promisify(execFile)('php', [program, command, components ?? '', `${brokerUrl}/%2f/messages`, queue])
  return stdout
}

describe('Symfony Messenger with its JSON serializer', { skip: withoutBroker || withoutSymfony }, () => {
  it('reads what goes out', async () => {
    await using scene = await openScene()
    const told = message('crash.told.v1', z.object({ name: z.string() }), { lane: 'external' })
    const headers = { 'X-Message-Stamp-Symfony\\Component\\Messenger\\Stamp\\BusNameStamp': '[{"busName":"bus"}]' }
    const sender = outgoing(told, ({ name }, { id }) => ({ type: 'told.once', body: { id, name }, headers }))
    const messenger = createMessenger({ transport: scene.transport, contracts: [told], outgoing: [sender] })
    await scene.transport.setup()
    const queue = `${scene.prefix}.symfony`
    await scene.onChannel(async (channel) => {
      await channel.assertQueue(queue, { autoDelete: true, expires: 60_000 })
      await channel.bindQueue(queue, `${scene.prefix}.events`, 'told.*')
    })
    const id = await scene.transport.transaction((tx) => messenger.outbox(tx).dispatch(told, { name: 'Grüße' }))
    assert.equal(await messenger.relay?.runOnce(), 1)
    assert.deepEqual(JSON.parse(await runSymfony('receive', queue)), { message: { id, name: 'Grüße' }, bus: 'bus' })
  })

  it('is read when it sends', async () => {
    await using scene = await openScene()
    const reader = incoming(count, ({ type, bytes }) =>
      type === 'App\\Message\\Count' ? (JSON.parse(Buffer.from(bytes).toString()) as { name: string }) : undefined,
    )
    await using _worker = scene.startWorker(counting, { incoming: [reader] })
    await scene.transport.setup()
    await runSymfony('send', `${scene.prefix}.external`)
    await until(async () => (await scene.effects()).length === 1)
    assert.deepEqual(await scene.effects(), ['from Symfony'])
  })
})
