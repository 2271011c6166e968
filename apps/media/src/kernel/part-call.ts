import { noteProgress } from './progress.ts'

/** What a part of the house was asked: told when it is over. */
export interface PartCall {
  readonly call: string
  /** `skipped`: not even tried. */
  readonly outcome: 'done' | 'failed' | 'skipped'
  readonly durationMs: number
}

export type ObserveCall = (call: PartCall) => void

/** Passes an answer or an error on as it is, and tells of the call. */
export type Watch = <Answer>(call: string, work: () => Promise<Answer>) => Promise<Answer>

/** `isFailure`: an error may well be an answer, or the caller's own. */
export function watchCalls(observe: ObserveCall, isFailure: (error: unknown) => boolean): Watch {
  return async (call, work) => {
    const startedAt = performance.now()
    try {
      const answer = await work()
      observe({ call, outcome: 'done', durationMs: performance.now() - startedAt })
      noteProgress()
      return answer
    } catch (error) {
      const outcome = isFailure(error) ? 'failed' : 'done'
      observe({ call, outcome, durationMs: performance.now() - startedAt })
      if (outcome === 'done') noteProgress()
      throw error
    }
  }
}
