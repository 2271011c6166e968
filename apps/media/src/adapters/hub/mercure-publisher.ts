import { createCorrelatedFetch } from '@holdfast/correlation/fetch'
import type { HubTokens } from '../../live/hub-tokens.ts'
import { maxMatchers } from '../../live/protocol.ts'
import { NotPublished, type PublishFault, type RemotePublisher } from '../../live/publisher.ts'
import type { Update } from '../../live/update.ts'

interface MercurePublisherDeps {
  readonly url: string
  readonly tokens: Pick<HubTokens, 'forPublishing'>
  /** A silent hub is given up after this. */
  readonly patienceMs: number
}

/** Publishes to a Mercure hub beside the service, of either version: they differ in the token alone. */
export function createMercurePublisher({ url, tokens, patienceMs }: MercurePublisherDeps): RemotePublisher {
  const correlatedFetch = createCorrelatedFetch({ hosts: [new URL(url).host] })

  const post = async (topics: readonly string[], body: URLSearchParams, signal: AbortSignal): Promise<Response> => {
    const headers = { authorization: `Bearer ${await tokens.forPublishing(topics)}` }
    const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
    try {
      const response = await correlatedFetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: patience })
      // Whatever it says is of no use, but unread it would keep the connection.
      await response.arrayBuffer()
      return response
    } catch (error) {
      throw new NotPublished('away', `the hub cannot be reached (${codeOf(error)})`)
    }
  }

  return {
    publish: async (update, { signal }) => {
      for (const part of partsOf(update)) {
        const { ok, status } = await post(part.topics, toFields(part), signal)
        if (!ok) throw new NotPublished(faultOf(status), reasonOf(status))
      }
    },
    // A request without a topic is refused for that alone where the token is good.
    check: async () => {
      const { status } = await post([], new URLSearchParams(), AbortSignal.timeout(patienceMs))
      if (status !== 400) throw new NotPublished('away', reasonOf(status))
    },
  }
}

/** A hub takes so many topics at once, and its token names each: what has more is several updates, each under an id of its own. */
function partsOf(update: Update): Update[] {
  const parts: Update[] = []
  for (let from = 0; from < update.topics.length; from += maxMatchers) {
    const id = from === 0 ? update.id : `${update.id}:${from}`
    parts.push({ ...update, id, topics: update.topics.slice(from, from + maxMatchers) })
  }
  return parts
}

function toFields({ id, topics, isPrivate, data, type, retryMs }: Update): URLSearchParams {
  const fields = new URLSearchParams({
    ...{ id, data },
    ...(type !== undefined && { type }),
    ...(retryMs !== undefined && { retry: String(retryMs) }),
    ...(isPrivate && { private: 'on' }),
  })
  for (const topic of topics) fields.append('topic', topic)
  return fields
}

/** What it says of one update is of that alone; all else, a refused token too, is true of every update, and may be mended. */
const faultOf = (status: number): PublishFault => ([400, 413, 414, 422].includes(status) ? 'refused' : 'away')

const reasons: Readonly<Record<number, string>> = {
  401: 'does not accept our token',
  403: 'does not let our token publish this',
  404: 'is not at this URL',
}

const reasonOf = (status: number): string => `the hub ${reasons[status] ?? 'answered otherwise than a hub does'} (${status})`

function codeOf(error: unknown): string {
  const { cause, name } = Object(error) as {
    readonly cause?: { readonly code?: unknown; readonly message?: unknown }
    readonly name?: unknown
  }
  return String(cause?.code ?? cause?.message ?? name)
}
