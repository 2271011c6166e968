import { isLasting, type RenderedAnswer, renderAnswer } from './answer.ts'
import type { Effect } from './commit.ts'

type Transaction<Tx> = <Result>(work: (tx: Tx) => Promise<Result>) => Promise<Result>

/** Undoes the transaction of an effect whose answer does not last: were it kept, a repeat would do it again. */
class Undone extends Error {
  readonly answer: RenderedAnswer

  constructor(answer: RenderedAnswer) {
    super('the effect was undone, since its answer does not last')
    this.answer = answer
  }
}

export interface WrittenAnswer {
  readonly answer: RenderedAnswer
  /** False where effect and answer were undone. */
  readonly isKept: boolean
}

/** Runs `effect` and `record` in one transaction, or neither where the answer is one that a repeat might not get. */
export async function writeAnswer<Tx>(
  transaction: Transaction<Tx>,
  effect: Effect<Tx>,
  record: (tx: Tx, run: () => Promise<RenderedAnswer>) => Promise<RenderedAnswer>,
): Promise<WrittenAnswer> {
  try {
    const answer = await transaction((tx) =>
      record(tx, async () => {
        const rendered = renderAnswer(await effect(tx))
        if (!isLasting(rendered.status)) throw new Undone(rendered)
        return rendered
      }),
    )
    return { answer, isKept: true }
  } catch (error) {
    if (error instanceof Undone) return { answer: error.answer, isKept: false }
    throw error
  }
}

/** As with a key, but nothing is remembered. */
export async function writeUnkeyed<Tx>(transaction: Transaction<Tx>, effect: Effect<Tx>): Promise<RenderedAnswer> {
  return (await writeAnswer(transaction, effect, (_tx, run) => run())).answer
}
