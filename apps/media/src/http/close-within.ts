import type { App } from './app.ts'

const lookEveryMs = 100

/**
 * Ends the server: it takes no new connection, what it serves may finish within the grace, and what is left then is cut off. Resolves
 * when no connection is open.
 */
export async function closeWithin(app: App, graceMs: number): Promise<void> {
  // Who was told to keep the connection before the end began keeps it, idle, until its time-out.
  const idle = setInterval(() => app.server.closeIdleConnections(), lookEveryMs)
  const grace = setTimeout(() => app.server.closeAllConnections(), graceMs)
  try {
    await app.close()
  } finally {
    clearInterval(idle)
    clearTimeout(grace)
  }
}
