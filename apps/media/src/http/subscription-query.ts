import { Failure } from '../kernel/failure.ts'
import { createTopicMatcher, InvalidMatcher, isPlainText, type MatcherType, type TopicMatcher } from '../live/topic-matcher.ts'

export interface SubscriptionQuery {
  readonly matchers: readonly TopicMatcher[]
  /** The id of the last update that was seen, or `earliest`. */
  readonly lastEventId: string | undefined
}

const maxMatchers = 20
const types = new Map<string, MatcherType>([
  ['match', 'exact'],
  ['match_exact', 'exact'],
  ['match_urlpattern', 'urlpattern'],
])

/** Reads the query of a subscription (Mercure, draft 08). Names that begin with `match` are reserved: a misspelled one is refused. Throws `request.invalid`. */
export function parseSubscriptionQuery(search: URLSearchParams, lastEventIdHeader: string | undefined, baseUrl: string): SubscriptionQuery {
  const asked = [...search].filter(([name]) => /^match/i.test(name))
  if (asked.length === 0) throw refused('names no topic: give `match` or `match_urlpattern`')
  if (asked.length > maxMatchers) throw refused(`names more than ${maxMatchers} topics`)
  const lastEventId = lastEventIdHeader ?? search.get('last_event_id') ?? undefined
  if (lastEventId !== undefined && !isPlainText(lastEventId)) throw refused('gives a last event id that cannot be one')
  return { matchers: asked.map(([name, match]) => parseMatcher(name, match, baseUrl)), lastEventId }
}

function parseMatcher(name: string, match: string, baseUrl: string): TopicMatcher {
  const type = types.get(name)
  if (type === undefined) throw refused('asks for a type of matcher that this hub does not have')
  try {
    return createTopicMatcher(type, match, baseUrl)
  } catch (error) {
    if (error instanceof InvalidMatcher) throw refused(`cannot be served: ${error.message}`)
    throw error
  }
}

const refused = (reason: string) => new Failure('invalid', 'live.invalid_subscription', `the subscription ${reason}`)
