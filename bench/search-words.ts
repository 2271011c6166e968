const syllables =
  'ba be bi bo bu ca ce ci co da de di do fa fe fi ga ge gi la le li lo ma me mi mo na ne ni no pa pe pi ra re ri ro sa se si ta te ti va ve vi'.split(
    ' ',
  )
const vocabulary = 20_000

/** Words of two to four syllables out of 20,000, a few of them in most files and most of them in few: the same for the same seed. */
export function randomWords(seed: number) {
  let state = seed
  const random = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return state / 0x7fff_ffff
  }
  const wordOf = (at: number): string =>
    Array.from(
      { length: 2 + (at % 3) },
      (_, place) => syllables[Math.floor(at / 3 ** place + at * (place + 1) * 7) % syllables.length],
    ).join('')
  return { random, randomWord: () => wordOf(Math.floor(vocabulary * random() ** 3)) }
}
