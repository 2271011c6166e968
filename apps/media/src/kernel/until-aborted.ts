/** Ends with the signal's reason also while the source has nothing to give. */
export async function* untilAborted(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const source = bytes[Symbol.asyncIterator]()
  let ended = false
  try {
    for (;;) {
      const next = await orAborted(() => source.next(), signal)
      ended = next.done === true
      if (next.done) return
      yield next.value
    }
  } finally {
    // Not awaited: a source that hangs would hold its end back too.
    if (!ended) void source.return?.().catch(() => undefined)
  }
}

/** Rejects with the reason of the signal, and leaves the call to itself. */
export function orAborted<Result>(call: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>()
  const abort = () => reject(signal.reason)
  if (signal.aborted) abort()
  else {
    signal.addEventListener('abort', abort)
    call().then(resolve, reject)
  }
  return promise.finally(() => signal.removeEventListener('abort', abort))
}
