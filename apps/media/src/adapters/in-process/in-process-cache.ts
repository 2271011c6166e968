import { type Cache, maxTextLength } from '../../kernel/cache.ts'

const maxBytes = 16 * 2 ** 20

/** Keeps what was asked for last. */
export function createInProcessCache(): Cache {
  // In the order in which they were asked for.
  const texts = new Map<string, string>()
  let bytes = 0

  const remove = (key: string) => {
    bytes -= sizeOf(key, texts.get(key) ?? '')
    texts.delete(key)
  }
  const add = (key: string, text: string) => {
    texts.set(key, text)
    bytes += sizeOf(key, text)
  }

  return {
    get: async (key) => {
      const text = texts.get(key)
      if (text === undefined) return undefined
      remove(key)
      add(key, text)
      return text
    },
    put: async (key, text) => {
      if (text.length > maxTextLength) return
      if (texts.has(key)) remove(key)
      add(key, text)
      for (const oldest of texts.keys()) {
        if (bytes <= maxBytes) return
        remove(oldest)
      }
    },
  }
}

/** Two bytes a character at most. */
const sizeOf = (key: string, text: string): number => 2 * (key.length + text.length)
