import type { File } from '../file.ts'
import { type Word, wordsOf } from './words.ts'

/** Where the words that were asked for stand. `ranges` count UTF-16 units of `text`; `end` is behind the last one. */
export interface Highlight {
  readonly field: 'name' | 'tag' | 'text'
  readonly text: string
  readonly ranges: readonly Range[]
}

interface Range {
  readonly start: number
  readonly end: number
}

/** In name and tags: whole, with all that was found in them. */
export function highlightEntry({ name, tags }: Pick<File, 'name' | 'tags'>, words: readonly string[]): Highlight[] {
  const fields = [{ field: 'name' as const, text: name }, ...tags.map((text) => ({ field: 'tag' as const, text }))]
  return fields.map(({ field, text }) => ({ field, text, ranges: rangesIn(text, words) })).filter(({ ranges }) => ranges.length > 0)
}

const charactersBefore = 60
const excerptCharacters = 240

/** In what a file holds: an excerpt around the first word that was found. */
export function highlightText(content: string, words: readonly string[]): Highlight[] {
  const found = wordsOf(content).find(begins(words))
  if (found === undefined) return []
  const text = excerptAt(content, found.start)
  return [{ field: 'text', text, ranges: rangesIn(text, words) }]
}

/** From the beginning of a word, and not through the middle of a character. */
function excerptAt(content: string, at: number): string {
  const before = content.slice(Math.max(0, at - charactersBefore), at)
  const from = at - (at <= charactersBefore ? before.length : before.length - (before.search(/\s/) + 1 || before.length))
  return content.slice(from, from + excerptCharacters).replace(/[\uD800-\uDBFF]$/, '')
}

const begins = (words: readonly string[]) => (found: Word) => words.some((word) => found.text.startsWith(word))

function rangesIn(text: string, words: readonly string[]): Range[] {
  const ranges: { start: number; end: number }[] = []
  for (const { start, end } of wordsOf(text).filter(begins(words))) {
    const last = ranges.at(-1)
    if (last !== undefined && start < last.end) last.end = end
    else ranges.push({ start, end })
  }
  return ranges
}
