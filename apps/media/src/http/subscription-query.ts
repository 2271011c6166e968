import { Failure } from '../kernel/failure.ts'
import { maxMatchers, type Protocol } from '../live/protocol.ts'
import { createTopicMatcher, InvalidMatcher, isPlainText, type MatcherType, type TopicMatcher } from '../live/topic-matcher.ts'

export interface SubscriptionQuery {
  readonly matchers: readonly TopicMatcher[]
  /** The id of the last update that was seen, or `earliest`. */
  readonly lastEventId: string | undefined
}

/** Reads the query of a subscription. Throws `live.invalid_subscription`. */
export function parseSubscriptionQuery(
  { matcherOf, lastEventIdParameter }: Protocol,
  search: URLSearchParams,
  lastEventIdHeader: string | undefined,
  baseUrl: string,
): SubscriptionQuery {
  const asked = [...search].flatMap(([name, match]) => {
    const type = matcherOf(name)
    return type === undefined ? [] : [{ type, match }]
  })
  if (asked.length === 0) throw refused('names no topic')
  if (asked.length > maxMatchers) throw refused(`names more than ${maxMatchers} topics`)
  const lastEventId = lastEventIdHeader ?? search.get(lastEventIdParameter) ?? undefined
  if (lastEventId !== undefined && !isPlainText(lastEventId)) throw refused('gives a last event id that cannot be one')
  return { matchers: asked.map(({ type, match }) => parseMatcher(type, match, baseUrl)), lastEventId }
}

function parseMatcher(type: MatcherType | null, match: string, baseUrl: string): TopicMatcher {
  if (type === null) throw refused('asks for a type of matcher that this hub does not have')
  try {
    return createTopicMatcher(type, match, baseUrl)
  } catch (error) {
    if (error instanceof InvalidMatcher) throw refused(`cannot be served: ${error.message}`)
    throw error
  }
}

const refused = (reason: string) => new Failure('invalid', 'live.invalid_subscription', `the subscription ${reason}`)
