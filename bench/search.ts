/**
 * `search.ts [sqlite|mysql]`: what is typed into a search field, letter by letter, among 100,000 files of one tenant; one in ten is a text. The
 * routes' own search, without HTTP. Exit 1 where the goal is missed.
 */
import { searchFiles } from '../apps/media/src/media/search/search-files.ts'
import { percentile, tellGoal } from './durations.ts'
import { openSearchHouse } from './search-house.ts'
import { randomWords } from './search-words.ts'

const [files, searches] = [100_000, 1_000]

await using house = await openSearchHouse(process.argv[2] ?? 'sqlite', files)
const { randomWord } = randomWords(4711)
const durationsMs: number[] = []
let found = 0
for (let typed = 0; durationsMs.length < searches; typed += 1) {
  const before = typed % 3 === 0 ? `${randomWord()} ` : ''
  const word = randomWord()
  for (let letters = 1; letters <= word.length; letters += 1) found += await search(before + word.slice(0, letters))
}
console.log(`${durationsMs.length} searches among ${files} files, ${(found / durationsMs.length).toFixed(1)} files found by each`)
console.log(`p50 ${percentile(durationsMs, 0.5).toFixed(1)} ms, p99 ${percentile(durationsMs, 0.99).toFixed(1)} ms`)
tellGoal('search, p95', percentile(durationsMs, 0.95), 'ms', { atMost: 100 })

async function search(query: string): Promise<number> {
  const began = performance.now()
  const { items } = await searchFiles(house, house.principal, query, {}, { limit: 20 })
  durationsMs.push(performance.now() - began)
  return items.length
}
