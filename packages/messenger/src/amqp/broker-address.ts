import { readFileSync } from 'node:fs'
import { MessengerError } from '../messenger-error.ts'

/** One node of a broker, as the driver takes it. */
export interface BrokerAddress {
  readonly url: string
  readonly socket: { readonly ca?: string }
}

/** A node that misses two beats has stalled. */
const heartbeatSeconds = 3

/**
 * Parses `amqp://user:password@host:port/vhost`; `amqps://` with `?cacertfile=PATH` where the node's certificate is of a CA that Node does not
 * trust by itself. Throws `messenger.misconfigured`, without any value.
 */
export function parseBrokerUrl(text: string): BrokerAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^amqps?:$/.test(url.protocol))
    throw wrong('the address of a broker is written as amqp://USER:PASSWORD@HOST:PORT/VHOST')
  const path = url.searchParams.get('cacertfile')
  if (path !== null && url.protocol === 'amqp:') throw wrong('cacertfile belongs to an address of amqps://')
  url.searchParams.delete('cacertfile')
  if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', String(heartbeatSeconds))
  return { url: url.href, socket: path === null ? {} : { ca: readCa(path) } }
}

function readCa(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw wrong('cacertfile names a file that cannot be read', cause)
  }
}

const wrong = (message: string, cause?: unknown) => new MessengerError('messenger.misconfigured', message, { cause })
