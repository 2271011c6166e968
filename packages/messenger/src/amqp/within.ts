import { setTimeout as pause } from 'node:timers/promises'

/** Waits for something that a node which has stalled would never answer, and not for its outcome. */
export async function within(maxMs: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  const settled = work.catch(() => undefined).finally(() => done.abort())
  await Promise.race([settled, pause(maxMs, undefined, { signal: done.signal }).catch(() => undefined)])
}
