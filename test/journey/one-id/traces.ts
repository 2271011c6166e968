import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Place } from './place.ts'

type Traces<Value> = Readonly<Record<string, Value>>

/** Per correlation id, in alphabetical order, what `told` says of each thing that speaks of a subject or belongs to one of the ids. */
function byId<Thing>(
  things: readonly { readonly id: unknown; readonly text: string; readonly thing: Thing }[],
  { ids, subjects }: Wanted,
  told: (thing: Thing) => string,
): Traces<string[]> {
  const ours = things.filter(({ id, text }) => ids.some((one) => one === id) || subjects.some((subject) => text.includes(subject)))
  const grouped = Object.groupBy(ours, ({ id }) => String(id))
  return Object.fromEntries(Object.entries(grouped).map(([id, of]) => [id, (of ?? []).map(({ thing }) => told(thing)).toSorted()]))
}

/** The ids of the stories, and the ids of what they are about: whatever names one of those must carry one of these. */
export interface Wanted {
  readonly ids: readonly string[]
  readonly subjects: readonly string[]
}

interface Line {
  readonly correlation_id?: string
  readonly message: string
}

export function linesById({ lines }: Place, wanted: Wanted): Traces<string[]> {
  const parsed = lines.map((text) => ({ text, thing: JSON.parse(text) as Line }))
  return byId(
    parsed.map(({ text, thing }) => ({ id: thing.correlation_id, text, thing })),
    wanted,
    ({ message }) => message,
  )
}

type Row = Readonly<Record<string, unknown>>

/** Of every table that has a correlation id. */
export async function rowsById({ sql }: Place, wanted: Wanted): Promise<Traces<string[]>> {
  const tables = await sql.rows<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND column_name = 'correlation_id'",
  )
  const found: { id: unknown; text: string; thing: string }[] = []
  for (const { name } of tables) {
    const rows = await sql.rows<Row>(`SELECT * FROM ${name}`)
    found.push(...rows.map((row) => ({ id: row['correlation_id'], text: JSON.stringify(row), thing: `${name} ${nameOf(row)}` })))
  }
  return byId(found, wanted, (thing) => thing)
}

const nameOf = (row: Row): string => String(row['action'] ?? row['name'] ?? row['method'])

/** In the property and, where other systems are told, in the body too. Waits for so many events. */
export async function messagesById({ overheard }: Place, wanted: Wanted, events: number): Promise<Traces<string[]>> {
  const isEvent = ({ fields }: (typeof overheard.messages)[number]) => fields.exchange === 'holdfast.events'
  while (overheard.messages.filter(isEvent).length < events) await pause(20)
  for (const message of overheard.messages.filter(isEvent)) {
    const { correlationId } = JSON.parse(message.content.toString()) as { correlationId?: unknown }
    assert.equal(correlationId, message.properties.correlationId)
  }
  const told = overheard.messages.map((message) => ({
    id: message.properties.correlationId as unknown,
    text: textOf(message),
    thing: message,
  }))
  return byId(told, wanted, ({ fields, properties }) => `${fields.routingKey} ${properties.type}`)
}

const textOf = ({ content, properties }: Place['overheard']['messages'][number]) => `${properties.messageId} ${content.toString()}`
