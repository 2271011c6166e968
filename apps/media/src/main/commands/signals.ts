/** Aborted by SIGTERM or Ctrl-C. A repeated signal changes nothing: what has begun is finished in its own time. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort())
  return stop.signal
}
