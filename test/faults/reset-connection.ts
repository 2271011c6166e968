import type { Socket } from 'node:net'

/**
 * Ends a connection by RST. While its end is still being sent, only closes it: Node 24 refuses to reset it then (EINVAL), never closes its handle, and
 * the process that holds it spins for ever when it should end.
 */
export function resetConnection(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy()
  else socket.resetAndDestroy()
}
