/** Choices that are the same for the same seed. */
export interface Random {
  /** From 0 to 1, without 1. */
  next(): number
  /** Whole numbers, both ends included. */
  int(min: number, max: number): number
  chance(probability: number): boolean
  /** Undefined where there is nothing to choose from. */
  pick<Item>(items: readonly Item[]): Item | undefined
}

/** mulberry32: one 32-bit state, good enough to choose with. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return { next, int, chance: (probability) => next() < probability, pick: (items) => items[int(0, items.length - 1)] }
}
