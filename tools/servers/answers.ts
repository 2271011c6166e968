import { connect } from 'node:net'

const timeoutMs = 2000

/** Whether what listens on this loopback port says anything, after `hello` where the client speaks first. */
export function answers(port: number, hello = ''): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: timeoutMs })
    const end = (answered: boolean) => {
      resolve(answered)
      socket.destroy()
    }
    socket.once('connect', () => socket.write(hello))
    socket.once('data', () => end(true))
    for (const event of ['error', 'end', 'timeout']) socket.once(event, () => end(false))
  })
}
