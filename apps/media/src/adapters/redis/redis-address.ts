import { readCa } from '../read-ca.ts'

/** One node, as the driver takes it. */
export interface RedisAddress {
  readonly url: string
  readonly tls: { readonly ca?: string } | undefined
}

/**
 * Parses `redis://[USER:PASSWORD@]HOST:PORT[/DATABASE]`; `rediss://` with `?cacertfile=PATH` where the node's certificate is of a CA that Node
 * does not trust by itself. Throws without any value.
 */
export function parseRedisUrl(text: string): RedisAddress {
  const url = new URL(text)
  const path = url.searchParams.get('cacertfile')
  url.searchParams.delete('cacertfile')
  if (url.protocol === 'redis:' && path !== null) throw new Error('cacertfile belongs to an address of rediss://')
  if (url.search !== '') throw new Error('an address of Redis has no other parameter than cacertfile')
  if (!/^\/?\d*$/.test(url.pathname)) throw new Error('the path of an address of Redis is the number of a database')
  if (url.protocol === 'redis:') return { url: url.href, tls: undefined }
  return { url: url.href, tls: path === null ? {} : { ca: readCa(path) } }
}
