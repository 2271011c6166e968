import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createLaunchedServer } from './launched-server.ts'
import { createTemporaryFolder } from './temporary-folder.ts'

/** Starts something that stays, and tells its process. */
const launch = (folder: string, script: string) =>
  createLaunchedServer({
    name: 'Sleeper',
    command: 'sh',
    args: ['-c', `sleep 600 >/dev/null 2>&1 & echo $! | tee ${folder}/pid; ${script}`],
    folder,
    isReady: async () => existsSync(`${folder}/pid`),
  })

test('what a program started is known by the process that it tells, and started again after its end', async () => {
  await using folder = createTemporaryFolder('sleeper')
  const pid = () => Number(readFileSync(`${folder.path}/pid`, 'utf8'))
  await using server = launch(folder.path, 'echo PID=$!')
  await server.start()
  const first = pid()
  await server.start()
  assert.equal(pid(), first, 'it runs already')
  assert.equal(process.kill(first, 0), true)
  await server.stall()
  await server.resume()
  await server.kill()
  await server.start()
  assert.notEqual(pid(), first)
  await server.stop()
  await server.stop()
})

test('a program that tells no process is refused with what it printed', async () => {
  await using folder = createTemporaryFolder('sleeper')
  const server = launch(folder.path, 'kill $!; echo nothing')
  await assert.rejects(server.start(), /no line PID=[\s\S]*nothing/)
})
