/** `@golevelup/nestjs-rabbitmq`, its connection built by hand: decorators need a compiler, and do no more than this. */
import 'reflect-metadata'
import { randomUUID } from 'node:crypto'
import { AmqpConnection } from '@golevelup/nestjs-rabbitmq'
import { ConsoleLogger } from '@nestjs/common'
import { amqpUrl } from './bus-servers.ts'
import { driveBus } from './drive-bus.ts'

await driveBus(async ({ addresses, inHand }, onHandled) => {
  const name = `bench-${randomUUID()}`
  const connection = new AmqpConnection({
    uri: amqpUrl(addresses),
    exchanges: [{ name, type: 'direct' }],
    prefetchCount: inHand,
    defaultPublishOptions: { persistent: true, mandatory: true },
    enableDirectReplyTo: false,
    logger: new ConsoleLogger({ logLevels: ['error'] }),
  })
  await connection.init()
  const queueOptions = { durable: true, arguments: { 'x-queue-type': 'quorum' } }
  const handler = async () => onHandled()
  await connection.createSubscriber(handler, { exchange: name, routingKey: 'note', queue: name, queueOptions }, 'onNote')
  return {
    send: (note) => connection.publish(name, 'note', note),
    [Symbol.asyncDispose]: async () => {
      await connection.channel.deleteQueue(name)
      await connection.channel.deleteExchange(name)
      await connection.close()
    },
  }
})
