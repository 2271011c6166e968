import { z } from 'zod'
import type { MatcherType, TopicMatcher } from './topic-matcher.ts'

/** What a token lets its holder do. */
export interface Grants {
  readonly publish: readonly TopicMatcher[]
  /** Which private updates it may read. */
  readonly subscribe: readonly TopicMatcher[]
  /** What its issuer wants told of one of its subscriptions, where it wants that. */
  payloadOf(subscription: TopicMatcher): unknown
}

/** One action on topics, as a token of ours lets its holder do it: each by its name, or by patterns with variables. */
export interface Grant {
  readonly action: 'publish' | 'subscribe'
  readonly topics: readonly string[]
  readonly arePatterns: boolean
}

/** An active subscription, as it is told of. */
export interface ToldSubscription {
  readonly type: MatcherType
  readonly match: string
  readonly subscriber: string
  readonly active: boolean
  readonly payload: unknown
}

/** What the versions of Mercure say in different words. */
export interface Protocol {
  readonly version: ProtocolVersion
  /** A variable in a pattern that matches several topics. */
  variable(name: string): string
  /** The `typ` of tokens, and whether all others are refused and claims are demanded that old tokens do not have. */
  readonly tokenType: string
  readonly isStrict: boolean
  grantClaims(grants: readonly Grant[]): Readonly<Record<string, unknown>>
  /** Throws InvalidMatcher, ZodError. One grant that cannot be read spoils the whole token: to skip it would be to change what was granted. */
  readGrants(claims: unknown, baseUrl: string): Grants
  /** The type of matcher that a parameter of a subscription asks for; undefined where it asks for none, null where for one that nobody has. */
  matcherOf(parameter: string): MatcherType | undefined | null
  readonly cookie: string
  readonly lastEventIdParameter: string
  readonly lastEventIdAnswer: string
  /** The words of the address of a subscription below `/subscriptions`, from the first to the last. */
  subscriptionPath(subscription: Pick<ToldSubscription, 'type' | 'match'>): readonly string[]
  readonly subscriptionMediaType: string
  /** The name of an event that tells of a subscription. */
  readonly subscriptionEvent: string | undefined
  describeSubscription(id: string, subscription: ToldSubscription): Readonly<Record<string, unknown>>
  describeSubscriptions(id: string, items: readonly unknown[]): Readonly<Record<string, unknown>>
  /** What is added to an answer, beside its header: where a client that listens from now on begins. */
  describeCursor(lastEventId: string): Readonly<Record<string, unknown>>
  /** The templates of the paths below `/subscriptions`: of one matcher. */
  readonly matcherPath: string
  /** From what such a path holds; undefined where nobody could have subscribed so. */
  readMatcher(parameters: Readonly<Record<string, string>>): Pick<ToldSubscription, 'type' | 'match'> | undefined
}

export const protocolVersions = ['draft-08', '0.x'] as const
export type ProtocolVersion = (typeof protocolVersions)[number]

/** Of patterns in a token, and of topics in a request. */
export const maxMatchers = 20

/** What issuers may tell of a subscription. It goes to others, so that it is no place for much. */
export const payloadSchema = z.json().refine((payload) => JSON.stringify(payload).length <= maxPayloadLength, 'is too long')
const maxPayloadLength = 2_000
