import type { ServerResponse } from 'node:http'
import type { EventStream } from '../live/subscriber.ts'

/** An answer without an end, as a hub writes to it. Who has not taken the rest so long after the end is cut off: nobody counts it any more. */
export function responseStream(raw: ServerResponse, lingerMs = 5_000): EventStream {
  return {
    write: (text) => void raw.write(text),
    bufferedBytes: () => raw.writableLength,
    drained: () =>
      new Promise((resolve, reject) => {
        if (raw.destroyed) reject(new Error('the connection closed'))
        else if (!raw.writableNeedDrain) resolve()
        else waitForDrain(raw, resolve, reject)
      }),
    end: () => {
      raw.end()
      if (raw.destroyed) return
      const late = setTimeout(() => raw.destroy(), lingerMs)
      raw.once('close', () => clearTimeout(late))
    },
  }
}

function waitForDrain(raw: ServerResponse, resolve: () => void, reject: (error: Error) => void): void {
  const settle = (done: () => void) => () => {
    raw.off('drain', drained)
    raw.off('close', closed)
    done()
  }
  const drained = settle(resolve)
  const closed = settle(() => reject(new Error('the connection closed')))
  raw.once('drain', drained)
  raw.once('close', closed)
}
