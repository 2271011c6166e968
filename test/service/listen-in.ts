import { connect, type Message } from 'amqplib'

/** A queue of one's own beside those of a house: a plain client, and nothing of the house's code. */
export interface Overheard extends AsyncDisposable {
  /** Whatever has come since, in its order. */
  readonly messages: readonly Message[]
}

/** `bindings`: exchanges, which must be there, and what is wanted of them. */
export async function listenIn(url: string, bindings: readonly { readonly exchange: string; readonly key: string }[]): Promise<Overheard> {
  const [node = url] = url.split(',')
  const connection = await connect(node)
  const channel = await connection.createChannel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  for (const { exchange, key } of bindings) await channel.bindQueue(queue, exchange, key)
  const messages: Message[] = []
  await channel.consume(queue, (message) => message !== null && messages.push(message), { noAck: true })
  return { messages, [Symbol.asyncDispose]: () => connection.close() }
}
