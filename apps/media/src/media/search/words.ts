import { nameKey } from '../entry-name.ts'

/** A word as it is compared, case and accents aside, and where it stands in the text: `end` is behind its last character. */
export interface Word {
  readonly text: string
  readonly start: number
  readonly end: number
}

// Scripts that put no space between words, words of letters and digits, and single pictures. Everything else separates.
const runs =
  /(?<unspaced>[\p{L}&&[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]\p{M}*)+|[[\p{L}\p{N}\p{M}]--[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]+|\p{Extended_Pictographic}/gv
const unspacedCharacter = /.\p{M}*/gsu

/**
 * The words of a text, in their order. Where a script does not tell where a word ends, each pair of neighbouring characters is one, and the
 * last character alone: whatever part of the text is asked for, its pairs are found.
 */
export function* wordsOf(text: string): Generator<Word> {
  for (const { 0: run, index, groups } of text.matchAll(runs)) {
    if (groups?.['unspaced'] === undefined) yield* fold(run, index, index + run.length)
    else yield* pairsOf(run, index)
  }
}

/** What has to begin a word of a file, each: a pair needs no search for its last character besides. */
export function wordsToFind(query: string): string[] {
  const words = [...wordsOf(query)]
  const wanted = words.filter(({ start, end }, at) => !((words[at - 1]?.start ?? start) < start && words[at - 1]?.end === end))
  return [...new Set(wanted.map(({ text }) => text))]
}

function* pairsOf(run: string, offset: number): Generator<Word> {
  const characters = [...run.matchAll(unspacedCharacter)]
  for (const [at, { 0: character, index }] of characters.entries()) {
    const pair = character + (characters[at + 1]?.[0] ?? '')
    yield* fold(pair, offset + index, offset + index + pair.length)
  }
}

/** Letters that Unicode does not take for another with an accent, though people do; and the sigma that ends a word. */
const variants: Readonly<Record<string, string>> = { ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', æ: 'ae', œ: 'oe', ı: 'i', ħ: 'h', ς: 'σ' }

function* fold(run: string, start: number, end: number): Generator<Word> {
  const text = foldText(run)
  if (text !== '') yield { text, start, end }
}

/** Without case, accents and the various forms of one character. */
const foldText = (text: string): string =>
  nameKey(text)
    .normalize('NFKD')
    .replaceAll(/[^\p{L}\p{N}\p{Extended_Pictographic}]/gu, '')
    .replaceAll(/[øłđðþæœıħς]/g, (letter) => variants[letter] ?? letter)
