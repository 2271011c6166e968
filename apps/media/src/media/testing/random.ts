export type Random = ReturnType<typeof createRandom>

/** The same numbers for the same seed (mulberry32, https://github.com/cprosche/mulberry32). */
export function createRandom(seed: number) {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    chance: (probability: number): boolean => next() < probability,
    /** Undefined where there is nothing to choose from. */
    pick: <Item>(items: readonly Item[]): Item | undefined => items[below(items.length)],
    bytes: (count: number): Buffer => Buffer.from(Array.from({ length: count }, () => below(256))),
  }
}
