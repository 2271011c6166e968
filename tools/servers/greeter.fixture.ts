/** A server that says hello. Run by itself, it starts one and waits. */

import { answers } from './first-words.ts'
import { onFreePorts } from './free-ports.ts'
import type { Server } from './server.ts'
import { createServerProcess } from './server-process.ts'
import { createTemporaryFolder } from './temporary-folder.ts'

interface Greeter extends Server {
  readonly port: number
  readonly folder: string
}

export async function startGreeter(port: number): Promise<Greeter> {
  await using resources = new AsyncDisposableStack()
  const folder = resources.use(createTemporaryFolder('greeter')).path
  const code = `net.createServer((socket) => socket.write('hello')).listen(${port}, '127.0.0.1')`
  const isReady = () => answers(port)
  const server = resources.use(
    createServerProcess({ name: 'Greeter', command: process.execPath, args: () => ['--eval', code], folder, isReady }),
  )
  await server.start()
  const owned = resources.move()
  return { ...server, port, folder, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

if (import.meta.main) {
  await using server = await onFreePorts(1, async ([port = 0]) => startGreeter(port))
  console.log(JSON.stringify(server))
  await new Promise((resolve) => setTimeout(resolve, 60_000))
}
