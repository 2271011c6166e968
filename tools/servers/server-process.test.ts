import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { answers } from './first-words.ts'
import { onFreePorts } from './free-ports.ts'
import { startGreeter } from './greeter.fixture.ts'

const foldersOfGreeters = () => globSync(`${tmpdir()}/holdfast-greeter-*`)

test('is killed, started again on its port, held and let go', async () => {
  await using server = await onFreePorts(1, async ([port = 0]) => startGreeter(port))
  const { port } = server
  await server.start()
  assert.equal(await answers(port), true)
  await server.kill()
  assert.equal(await answers(port), false)
  await server.start()
  await server.stall()
  assert.equal(await answers(port), false)
  await server.resume()
  assert.equal(await answers(port), true)
  await server.stop()
  assert.equal(await answers(port), false)
})

test('a server whose port is taken says so, and leaves nothing', async () => {
  const before = foldersOfGreeters()
  const somebody = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(somebody, 'listening')
  await assert.rejects(startGreeter((somebody.address() as AddressInfo).port), /Greeter ended before it was ready[\s\S]*EADDRINUSE/)
  somebody.close()
  assert.deepEqual(foldersOfGreeters(), before)
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
  test(`does not outlive whoever started it and ended by ${signal}, nor does its folder`, async () => {
    const owner = spawn(process.execPath, [fileURLToPath(new URL('greeter.fixture.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(owner.stdout, 'data')) as [Buffer]
    const { port, folder } = JSON.parse(line.toString()) as { port: number; folder: string }
    assert.equal(await answers(port), true)
    owner.kill(signal)
    while ((await answers(port)) || existsSync(folder)) await sleep(20)
  })
}
