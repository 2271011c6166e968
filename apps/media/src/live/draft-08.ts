import { z } from 'zod'
import { type Grant, maxMatchers, type Protocol, payloadSchema } from './protocol.ts'
import { createTopicMatcher, type MatcherType, type TopicMatcher } from './topic-matcher.ts'

/** What an access token lets its holder do with topics. */
const detailType = 'https://mercure.rocks/authorization-detail'

const matcherType = z.enum(['exact', 'urlpattern'])
const matcher = z.object({ match: z.string(), match_type: matcherType.default('exact') })
const detail = z.object({
  type: z.literal(detailType),
  actions: z.array(z.string()).min(1),
  topics: z.array(matcher).min(1).max(maxMatchers),
  payload: payloadSchema.optional(),
})
const foreign = z.object({ type: z.string().refine((type) => type !== detailType) })
const claims = z.object({
  authorization_details: z
    .array(z.union([detail, foreign]))
    .max(maxMatchers)
    .default([]),
})

const matcherTypes = new Map<string, MatcherType>([
  ['match', 'exact'],
  ['match_exact', 'exact'],
  ['match_urlpattern', 'urlpattern'],
])

/** draft-dunglas-mercure-08. */
export const draft08: Protocol = {
  version: 'draft-08',
  variable: (name) => `:${name}`,
  tokenType: 'at+jwt',
  isStrict: true,
  grantClaims: (grants) => ({ authorization_details: grants.map(toDetail) }),
  readGrants: (payload, baseUrl) => {
    const details = claims
      .parse(payload)
      .authorization_details.filter((one) => 'actions' in one)
      .map(({ topics, ...rest }) => ({
        ...rest,
        matchers: topics.map(({ match, match_type: type }) => createTopicMatcher(type, match, baseUrl)),
      }))
    const granted = (action: string) => details.filter(({ actions }) => actions.includes(action))
    return {
      publish: granted('publish').flatMap(({ matchers }) => matchers),
      subscribe: granted('subscribe').flatMap(({ matchers }) => matchers),
      payloadOf: ({ match }) => granted('subscribe').find(({ matchers }) => matchesAny(matchers, match))?.payload,
    }
  },
  // Whatever begins so is reserved: a misspelled one is refused.
  matcherOf: (parameter) => (/^match/i.test(parameter) ? (matcherTypes.get(parameter) ?? null) : undefined),
  cookie: '__Secure-mercure_access_token',
  lastEventIdParameter: 'last_event_id',
  lastEventIdAnswer: 'mercure-last-event-id',
  subscriptionPath: ({ type, match }) => [type, match],
  subscriptionMediaType: 'application/json',
  subscriptionEvent: 'mercure',
  describeSubscription: (id, { type, match, subscriber, active, payload }) => ({
    ...{ id, type: 'subscription', match_type: type, match, subscriber, active },
    ...(payload !== undefined && { payload }),
  }),
  describeSubscriptions: (id, subscriptions) => ({ id, type: 'subscriptions', subscriptions }),
  describeCursor: () => ({}),
  matcherPath: '/:matchType/:match',
  readMatcher: ({ matchType, match = '' }) => {
    const { data: type } = matcherType.safeParse(matchType)
    return type && { type, match }
  },
}

const toDetail = ({ action, topics, arePatterns }: Grant) => ({
  type: detailType,
  actions: [action],
  topics: topics.map((match) => ({ match, match_type: arePatterns ? 'urlpattern' : 'exact' })),
})

const matchesAny = (matchers: readonly TopicMatcher[], text: string): boolean => matchers.some((one) => one.matches(text))
