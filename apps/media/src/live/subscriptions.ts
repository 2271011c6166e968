import { z } from 'zod'
import type { Sql, Tx } from '../kernel/tx.ts'
import type { Protocol, ToldSubscription } from './protocol.ts'
import type { MatcherType } from './topic-matcher.ts'
import type { Update } from './update.ts'

export type ActiveSubscription = Omit<ToldSubscription, 'active'>

interface SubscriptionRow {
  readonly subscriber: string
  readonly type: string
  readonly match_text: string
  readonly payload: string | null
}

type Place = Pick<ActiveSubscription, 'type' | 'match'> & Partial<Pick<ActiveSubscription, 'subscriber'>>

/** Those that are active, of all processes; of one matcher, or of one subscriber of it, where it is given. */
export async function listSubscriptions(sql: Sql, place: Place | undefined, limit: number): Promise<ActiveSubscription[]> {
  const wanted = place === undefined ? {} : { type: place.type, match_text: place.match, subscriber: place.subscriber }
  const given = Object.entries(wanted).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const where = ['1 = 1', ...given.map(([column]) => `${column} = ?`)].join(' AND ')
  const text = `SELECT subscriber, type, match_text, payload FROM live_subscription WHERE ${where} ORDER BY subscriber, place LIMIT ?`
  return (await sql.all<SubscriptionRow>(text, [...given.map(([, value]) => value), limit])).map(toSubscription)
}

/** Instead of what there was of this subscriber. */
export async function keepSubscriptions(
  { sql }: Pick<Tx, 'sql'>,
  processId: string,
  subscriptions: readonly ActiveSubscription[],
): Promise<void> {
  for (const [place, { subscriber, type, match, payload }] of subscriptions.entries()) {
    await sql.run('DELETE FROM live_subscription WHERE subscriber = ? AND place = ?', [subscriber, place])
    const text = 'INSERT INTO live_subscription (subscriber, place, process_id, type, match_text, payload) VALUES (?, ?, ?, ?, ?, ?)'
    await sql.run(text, [subscriber, place, processId, type, match, payload === undefined ? null : JSON.stringify(payload)])
  }
}

export async function dropSubscriptions({ sql }: Pick<Tx, 'sql'>, subscriptions: readonly ActiveSubscription[]): Promise<void> {
  for (const subscriber of new Set(subscriptions.map((one) => one.subscriber))) {
    await sql.run('DELETE FROM live_subscription WHERE subscriber = ?', [subscriber])
  }
}

/** Takes some away that a process left behind, and gives them. */
export async function takeSubscriptionsOf({ sql }: Pick<Tx, 'sql'>, processId: string, limit: number): Promise<ActiveSubscription[]> {
  const text = 'SELECT subscriber, place, type, match_text, payload FROM live_subscription WHERE process_id = ? LIMIT ?'
  const rows = await sql.all<SubscriptionRow & { readonly place: number }>(text, [processId, limit])
  const taken: ActiveSubscription[] = []
  for (const row of rows) {
    const remove = 'DELETE FROM live_subscription WHERE subscriber = ? AND place = ? AND process_id = ?'
    const { changes } = await sql.run(remove, [row.subscriber, row.place, processId])
    if (changes === 1) taken.push(toSubscription(row))
  }
  return taken
}

/** Its topic, and the path of what tells of it. */
export function subscriptionPath(protocol: Protocol, hubPath: string, { type, match, subscriber }: Place): string {
  const words = [...protocol.subscriptionPath({ type, match }), ...(subscriber === undefined ? [] : [subscriber])]
  return [`${hubPath}/subscriptions`, ...words.map(encodeURIComponent)].join('/')
}

/** For those who may know who listens. */
export function subscriptionUpdate(protocol: Protocol, hubPath: string, id: string, subscription: ToldSubscription): Update {
  const topic = subscriptionPath(protocol, hubPath, subscription)
  const data = JSON.stringify(protocol.describeSubscription(topic, subscription))
  const type = protocol.subscriptionEvent
  return { id, topics: [topic], isPrivate: true, data, ...(type !== undefined && { type }) }
}

const payloadOf = z.json()

const toSubscription = ({ subscriber, type, match_text: match, payload }: SubscriptionRow): ActiveSubscription => ({
  subscriber,
  type: type as MatcherType,
  match,
  payload: payload === null ? undefined : payloadOf.parse(JSON.parse(payload)),
})
