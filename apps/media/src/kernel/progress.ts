import { AsyncLocalStorage } from 'node:async_hooks'

const listening = new AsyncLocalStorage<() => void>()

/** Tells `onProgress` of each call that a part of the house answers while the work goes on: long work is known by it from work that hangs, or fails again and again. */
export const tellingProgress = <Result>(onProgress: () => void, work: () => Result): Result => listening.run(onProgress, work)

/** A part has answered. */
export const noteProgress = (): void => listening.getStore()?.()
