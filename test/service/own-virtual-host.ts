import { randomUUID } from 'node:crypto'

/** A virtual host of one's own on a broker that others use too; deleted afterwards. */
export interface OwnVirtualHost extends AsyncDisposable {
  readonly url: string
  /** By name, as the broker lists them. */
  queues(): Promise<string[]>
  /** A message of another system, without an id. */
  publish(queue: string, body: Uint8Array): Promise<void>
  /** As a broker that comes back without its data: queues, exchanges and what was in them are gone, connections are closed. */
  wipe(): Promise<void>
  /** Where the whole broker has forgotten it. */
  make(): Promise<void>
}

/** `url` is `amqp://…` and `apiUrl` `http://…` of an administrator; of several nodes of a cluster with commas between. */
export async function makeVirtualHost(url: string, apiUrl: string): Promise<OwnVirtualHost> {
  const name = `holdfast-${randomUUID()}`
  const change = async (method: 'PUT' | 'DELETE') => void (await askBroker(apiUrl, method, `vhosts/${name}`))
  await change('PUT')
  return {
    url: url
      .split(',')
      .map((node) => `${node}/${name}`)
      .join(','),
    queues: async () => {
      const listed = (await (await askBroker(apiUrl, 'GET', `queues/${name}`)).json()) as { name: string }[]
      return listed.map((queue) => queue.name).toSorted()
    },
    publish: async (queue, body) => {
      const payload = Buffer.from(body).toString('base64')
      const message = { properties: {}, routing_key: queue, payload, payload_encoding: 'base64' }
      await askBroker(apiUrl, 'POST', `exchanges/${name}/amq.default/publish`, message)
    },
    wipe: async () => {
      await change('DELETE')
      await change('PUT')
    },
    make: () => change('PUT'),
    [Symbol.asyncDispose]: () => change('DELETE'),
  }
}

async function askBroker(apiUrl: string, method: string, path: string, asked?: unknown): Promise<Response> {
  const [first = apiUrl] = apiUrl.split(',')
  const { origin, username, password } = new URL(first)
  const authorization = `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`
  const body = asked === undefined ? null : JSON.stringify(asked)
  const response = await fetch(`${origin}/api/${path}`, { method, headers: { authorization }, body })
  if (!response.ok) throw new Error(`the broker answers ${response.status} to ${method} ${path}`)
  return response
}
