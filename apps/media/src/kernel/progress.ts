import { AsyncLocalStorage } from 'node:async_hooks'

const listening = new AsyncLocalStorage<() => void>()

/** Tells `onProgress` of each call to a part of the house that ends while the work goes on: long work is known from work that hangs by it. */
export const tellingProgress = <Result>(onProgress: () => void, work: () => Result): Result => listening.run(onProgress, work)

/** A call to a part has come to an end, well or not. */
export const noteProgress = (): void => listening.getStore()?.()
