/** Which of the words stand in a stream of bytes, also where a chunk ends in the middle of one. */
export async function findInStream(chunks: AsyncIterable<Buffer>, words: readonly string[]): Promise<Set<string>> {
  const left = new Map(words.map((word) => [word, Buffer.from(word)]))
  const overlap = Math.max(0, ...[...left.values()].map(({ length }) => length - 1))
  const found = new Set<string>()
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk])
    for (const [word, needle] of left) {
      if (!bytes.includes(needle)) continue
      found.add(word)
      left.delete(word)
    }
    rest = bytes.subarray(Math.max(0, bytes.length - overlap))
  }
  return found
}
