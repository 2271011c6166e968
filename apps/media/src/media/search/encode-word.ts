/**
 * Words as the engines of the databases keep them: ASCII letters, digits and `_` behind a mark of the tenant. So no engine has an opinion on
 * them (none is too short, a stop word, an operator or cut in two), all find the same, and a search reads the words of one tenant.
 */
const longestWord = 80

/** 7 characters. Two tenants may share theirs: rows tell whose a file is. */
const markOf = (tenantId: string): string => `t${tenantId.slice(-6).toLowerCase()}`

/** The beginning of a word becomes the beginning of its code; what is longer than an engine keeps is cut. */
export function encodeWord(tenantId: string, word: string): string {
  return (markOf(tenantId) + word.replaceAll(/[^a-z0-9]/gu, encodeCharacter)).slice(0, longestWord)
}

const encodeCharacter = (character: string): string => `_${(character.codePointAt(0) ?? 0).toString(36).padStart(4, '0')}`

/** Each once, a space before it. */
export function encodeWords(tenantId: string, words: Iterable<{ readonly text: string }>): string {
  const codes = new Set<string>()
  for (const { text } of words) codes.add(` ${encodeWord(tenantId, text)}`)
  return [...codes].join('')
}
