import { parseUriTemplate } from './uri-template.ts'

/** Matches topics: byte for byte, by a URL pattern, by a URI template, or all of them. */
export interface TopicMatcher {
  readonly type: MatcherType
  readonly match: string
  /** The same for those that match the same topics, whoever made them. */
  readonly key: string
  /** Every topic that it matches has a path that begins so. */
  readonly start: string
  matches(topic: string): boolean
}

/** `template` is of Mercure 0.x, the others of draft 08. */
export type MatcherType = 'exact' | 'urlpattern' | 'template'

/** A matcher that cannot be used. The message tells why and holds nothing of the matcher. */
export class InvalidMatcher extends Error {
  override readonly name = 'InvalidMatcher'
}

/** Characters. A pattern with two groups then takes some 100,000 steps at worst over a topic of this length: V8's expressions backtrack. */
export const maxTopicLength = 512
const maxGroups = 2
/** Control and format characters: invisible, and able to end a line of the stream. */
const invisible = /[\p{Cc}\p{Cf}]/u
const wildcard = '*'

/** Whether it may be a topic, a matcher or an id at all. */
export const isPlainText = (text: string): boolean =>
  text !== '' && text.length <= maxTopicLength && text.isWellFormed() && !invisible.test(text)

/** `baseUrl` is the hub's: relative topics and patterns are read against it. Throws InvalidMatcher. */
export function createTopicMatcher(type: MatcherType, match: string, baseUrl: string): TopicMatcher {
  if (!isPlainText(match)) throw new InvalidMatcher('a matcher is empty, too long, or holds invisible characters')
  const plain = { type, match, key: `${type} ${match}`, start: match }
  if (match === wildcard) return { ...plain, start: '', matches: () => true }
  if (type === 'exact') return { ...plain, matches: (topic) => topic === match }
  if (type === 'template') return { ...plain, start: literalStart(match), matches: matchesTemplate(match) }
  const pattern = parsePattern(match, baseUrl)
  const matches = (topic: string): boolean => topic.length <= maxTopicLength && URL.canParse(topic, baseUrl) && pattern.test(topic, baseUrl)
  return { ...plain, key: `${type} ${baseUrl} ${match}`, start: literalStart(pattern.pathname), matches }
}

/** Whether it could match a topic that begins with this path. */
export const mayMatchBelow = ({ start }: Pick<TopicMatcher, 'start'>, path: string): boolean =>
  path.startsWith(start) || start.startsWith(path)

/** Up to the first variable; without the slash before it, which may be left out together with it. */
const literalStart = (text: string): string => text.replace(/\/?[:*{(\\].*$/s, '')

/** The text itself matches too, so that one template can stand for another. */
function matchesTemplate(match: string): TopicMatcher['matches'] {
  const template = parseUriTemplate(match)
  if (template === undefined) return (topic) => topic === match
  if (template.variables > maxGroups) throw new InvalidMatcher(`a template holds more than ${maxGroups} variables`)
  return (topic) => topic === match || (topic.length <= maxTopicLength && template.expression.test(topic))
}

function parsePattern(match: string, baseUrl: string): URLPattern {
  const pattern = tryPattern(match, baseUrl)
  // A group of one's own expression can take time without bound.
  if (pattern.hasRegExpGroups) throw new InvalidMatcher('a pattern holds a regular expression')
  if (repeatedGroup.test(match)) throw new InvalidMatcher('a pattern repeats a group')
  if (countGroups(match) > maxGroups) throw new InvalidMatcher(`a pattern holds more than ${maxGroups} groups`)
  return pattern
}

function tryPattern(match: string, baseUrl: string): URLPattern {
  try {
    return new URLPattern(match, baseUrl)
  } catch (cause) {
    throw new InvalidMatcher('a pattern cannot be read', { cause })
  }
}

/** As `*+` or `:name*`: a repetition of what is of any length takes exponential time. */
const repeatedGroup = /(?:[*}]|:[\p{ID_Start}$_][\p{ID_Continue}$]*)[*+]/u

/**
 * Wildcards, names, and groups in braces. Names that are whole segments of a path count once, however many: none of them goes on past the next
 * slash, so that together they are matched in one pass.
 */
function countGroups(match: string): number {
  const segments = /(?<=\/):[\p{ID_Start}$_][\p{ID_Continue}$]*(?=\/|$)/gu
  const rest = match.replace(segments, '')
  return (rest.match(/[*{]|:[\p{ID_Start}$_]/gu)?.length ?? 0) + (rest === match ? 0 : 1)
}
