/** What a hub sends to those who listen to one of its topics. */
export interface Update {
  /** Unique in the hub. Subscribers name the last one that they saw. */
  readonly id: string
  /** At least one; the first is the canonical one. A private update goes to whoever may read any of them. */
  readonly topics: readonly string[]
  readonly isPrivate: boolean
  /** May have several lines. */
  readonly data: string
  /** The file that it tells of, where it does: whoever may see that now may read this, whenever it is sent. */
  readonly fileId?: string | undefined
  /** The name of the event, where it has one. */
  readonly type?: string | undefined
  /** How long a subscriber waits before it connects again. */
  readonly retryMs?: number | undefined
}

/** As `text/event-stream` has it. Ids and types hold no control characters; line ends in the data become LF. */
export function toServerSentEvent({ id, type, retryMs, data }: Update): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`)
  const optional = `${type === undefined ? '' : `event: ${type}\n`}${retryMs === undefined ? '' : `retry: ${retryMs}\n`}`
  return `${optional}id: ${id}\n${lines.join('')}\n`
}
