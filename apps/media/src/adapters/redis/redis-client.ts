import { createClient } from '@redis/client'
import type { RedisAddress } from './redis-address.ts'

export type RedisClient = ReturnType<typeof clientOf>

/** Uses what is used later, so that what is refused is refused here. */
const probe = "redis.call('TIME'); redis.call('GET', KEYS[1]); redis.call('SET', KEYS[1], '1', 'EX', 1)"

function clientOf({ url, tls }: RedisAddress, connectMs: number) {
  const socket = { connectTimeout: connectMs, reconnectStrategy: false as const }
  return createClient({
    url,
    socket: tls === undefined ? socket : { ...socket, tls: true, ...tls },
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    name: 'holdfast',
  })
}

/** Throws where the node cannot be reached, lets nobody in, or takes no write, as a replica or a full one. */
export async function openClient(
  address: RedisAddress,
  connectMs: number,
  lose: (client: RedisClient, error: unknown) => void,
): Promise<RedisClient> {
  const client = clientOf(address, connectMs)
  client.on('error', (error: unknown) => lose(client, error))
  client.on('end', () => lose(client, new Error('the connection was closed')))
  try {
    await within(connectMs, client.connect())
    await within(connectMs, client.eval(probe, { keys: ['holdfast:probe'] }))
    return client
  } catch (error) {
    if (client.isOpen) client.destroy()
    throw error
  }
}

/** Rejects where the answer is late. */
export async function within<Answer>(maxMs: number, answer: Promise<Answer>): Promise<Answer> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  // An answer that came while this process was busy is read first.
  const timer = setTimeout(() => setImmediate(() => reject(new Error(`no answer within ${maxMs} ms`))), maxMs)
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
