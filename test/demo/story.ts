import { type Caller, json } from './caller.ts'
import { demand, tell } from './tell.ts'

interface Story {
  readonly requests: readonly { readonly method: string; readonly route: string; readonly status: number; readonly at: string }[]
  readonly changes: readonly { readonly action: string; readonly at: string }[]
  readonly messages: readonly {
    readonly name: string
    readonly state: string
    readonly attempt: number
    readonly createdAt: string
    readonly handledAt: string | null
  }[]
  readonly outcome: string
}

/** What one id has brought about, in the order it happened. */
export async function tellStory(call: Caller, correlationId: string): Promise<void> {
  tell.step('The story of that deletion, by its correlation id')
  const { requests, changes, messages, outcome } = json<Story>(await call('GET', `/v1/ops/stories/${correlationId}`, { status: 200 }))
  const events = [
    ...requests.map(({ at, method, route, status }) => ({ at, text: `request  ${method} ${route} answered with ${status}` })),
    ...changes.map(({ at, action }) => ({ at, text: `change   ${action}` })),
    ...messages.map(({ createdAt, name }) => ({ at: createdAt, text: `message  ${name} scheduled` })),
    ...messages.map(({ handledAt, name, state, attempt }) => ({
      at: handledAt ?? '',
      text: `message  ${name} ${state}, attempt ${attempt}`,
    })),
  ]
  for (const { at, text } of events.toSorted((a, b) => (a.at < b.at ? -1 : 1))) tell.line(`${at}  ${text}`)
  demand(outcome === 'done', 'nothing of it is left to do')
  demand(requests.length === 1 && messages.some(({ state }) => state === 'done'), 'one request and the message it caused')
}
