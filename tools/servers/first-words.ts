import { connect } from 'node:net'

const timeoutMs = 2000

/** What a server says first, after `hello` where the client speaks first. Undefined when it says nothing. */
export function firstWords(port: number, hello = '', host = '127.0.0.1'): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: timeoutMs })
    const end = (words?: Buffer) => {
      resolve(words?.toString('latin1'))
      socket.destroy()
    }
    socket.once('connect', () => socket.write(hello))
    socket.once('data', end)
    for (const event of ['error', 'end']) socket.once(event, () => end())
    // What has come while this process was held up is heard first.
    socket.once('timeout', () => setImmediate(end))
  })
}

/** Whether what listens on this loopback port says anything. */
export async function answers(port: number, hello = ''): Promise<boolean> {
  return (await firstWords(port, hello)) !== undefined
}
