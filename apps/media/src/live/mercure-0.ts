import { z } from 'zod'
import { maxMatchers, type Protocol, payloadSchema } from './protocol.ts'
import { createTopicMatcher } from './topic-matcher.ts'

const selectors = z.array(z.string()).max(maxMatchers).nullish()
const claims = z.object({
  mercure: z.object({ publish: selectors, subscribe: selectors, payload: payloadSchema.optional() }).default({}),
})

/** What hubs spoke before the draft was made anew: draft-dunglas-mercure-07, versions 0.x of the reference hub. */
export const mercure0: Protocol = {
  version: '0.x',
  variable: (name) => `{${name}}`,
  tokenType: 'JWT',
  isStrict: false,
  grantClaims: (grants) => {
    const topicsFor = (action: string) => grants.filter((grant) => grant.action === action).flatMap(({ topics }) => topics)
    return { mercure: { publish: topicsFor('publish'), subscribe: topicsFor('subscribe') } }
  },
  readGrants: (payload, baseUrl) => {
    const { publish, subscribe, payload: told } = claims.parse(payload).mercure
    const matchers = (texts: readonly string[] | null | undefined) =>
      (texts ?? []).map((text) => createTopicMatcher('template', text, baseUrl))
    return { publish: matchers(publish), subscribe: matchers(subscribe), payloadOf: () => told }
  },
  matcherOf: (parameter) => (parameter === 'topic' ? 'template' : undefined),
  cookie: 'mercureAuthorization',
  lastEventIdParameter: 'lastEventID',
  lastEventIdAnswer: 'last-event-id',
  subscriptionPath: ({ match }) => [match],
  subscriptionMediaType: 'application/ld+json',
  subscriptionEvent: undefined,
  describeSubscription: (id, { match, subscriber, active, payload }) => ({
    '@context': context,
    ...{ id, type: 'Subscription', topic: match, subscriber, active },
    ...(payload !== undefined && { payload }),
  }),
  describeSubscriptions: (id, subscriptions) => ({ '@context': context, id, type: 'Subscriptions', subscriptions }),
  describeCursor: (lastEventID) => ({ lastEventID }),
  matcherPath: '/:topic',
  readMatcher: ({ topic = '' }) => ({ type: 'template', match: topic }),
}

const context = 'https://mercure.rocks/'
