/** Asks the server for its time, in milliseconds since 1970. */
export type AskTime = () => Promise<number>

/** Between two questions: a clock drifts by far less than a millisecond in this. */
const askEveryMs = 10_000
/** The time was told somewhere between question and answer. Where that leaves more open than this, it is asked again. */
const closeMs = 25
const maxQuestions = 3

/**
 * The database's clock without a question each time: this machine's monotonic clock, set by the database's. It never goes back, also
 * when another node with another clock is asked. Throws what the first question throws.
 */
export class DatabaseClock {
  readonly #ask: AskTime
  #offsetMs: number | undefined
  #askedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined
  #last = 0

  constructor(ask: AskTime) {
    this.#ask = ask
  }

  async now(): Promise<number> {
    if (performance.now() - this.#askedAt > askEveryMs) {
      this.#asking ??= this.#set().finally(() => {
        this.#asking = undefined
      })
      // Later ones are answered from what is known: a question that fails is asked again the next time.
      if (this.#offsetMs === undefined) await this.#asking
      else this.#asking.catch(() => undefined)
    }
    this.#last = Math.max(this.#last, Math.floor(performance.now() + (this.#offsetMs ?? 0)))
    return this.#last
  }

  async #set(): Promise<void> {
    let closest = { openMs: Number.POSITIVE_INFINITY, offsetMs: 0 }
    for (let questions = 0; questions < maxQuestions && closest.openMs > closeMs; questions++) {
      const before = performance.now()
      const time = await this.#ask()
      const after = performance.now()
      const openMs = (after - before) / 2
      if (openMs < closest.openMs) closest = { openMs, offsetMs: time - (before + after) / 2 }
    }
    this.#offsetMs = closest.offsetMs
    this.#askedAt = performance.now()
  }
}
