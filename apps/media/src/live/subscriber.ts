import type { LiveSubject } from './live-tokens.ts'
import { mayMatchBelow, type TopicMatcher } from './topic-matcher.ts'

/** Where a subscriber's events go. */
export interface EventStream {
  write(text: string): void
  /** What was written and not taken yet. */
  bufferedBytes(): number
  /** Resolves when all was taken; rejects when the connection closed before. */
  drained(): Promise<void>
  end(): void
}

/** What one connection asks for, and what its token lets it read. */
export interface Subscription {
  /** Who asks, for the limit per principal. */
  readonly principal: string
  /** What its token was made from. Subscribers with the same one are asked about once, and who has none is not asked about. */
  readonly credential: LiveSubject | undefined
  /** What it listens to. */
  readonly matchers: readonly TopicMatcher[]
  /** What it may read of the private updates. */
  readonly grants: readonly TopicMatcher[]
  /** What its token wants told of a subscription. */
  readonly payloadOf: (subscription: TopicMatcher) => unknown
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** Replay begins after this position; nothing is replayed where it is absent. */
  readonly afterPosition?: number | undefined
}

export interface Subscriber extends Subscription {
  /** Made here, one for each connection: nobody can take the place of another. */
  readonly id: string
  readonly stream: EventStream
  /** Of the last update that it was asked about, sent or not. */
  position: number
  writtenAt: number
}

/** Whether a private update whose topics begin with this path could be for a subscriber. */
export const mayHearBelow = ({ matchers, grants }: Pick<Subscription, 'matchers' | 'grants'>, path: string): boolean =>
  [matchers, grants].every((some) => some.some((matcher) => mayMatchBelow(matcher, path)))

/** What matchers said of the topics of one update: thousands of subscribers share a few matchers. */
export type Verdicts = Map<string, boolean>

/** Whether a subscriber listens to one of the topics and, where they are private, may read one of them. */
export function receives(
  { matchers, grants }: Pick<Subscription, 'matchers' | 'grants'>,
  { topics, isPrivate }: { readonly topics: readonly string[]; readonly isPrivate: boolean },
  verdicts: Verdicts = new Map(),
): boolean {
  const matches = (matcher: TopicMatcher): boolean => {
    const known = verdicts.get(matcher.key)
    if (known !== undefined) return known
    const verdict = topics.some((topic) => matcher.matches(topic))
    verdicts.set(matcher.key, verdict)
    return verdict
  }
  return matchers.some(matches) && (!isPrivate || grants.some(matches))
}
