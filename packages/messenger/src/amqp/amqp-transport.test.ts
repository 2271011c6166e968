import { after, describe } from 'node:test'
import { onEachEngine } from '@holdfast/database/testing/mysql'
import type { SqlTransaction } from '../sql/sql-transport.ts'
import { openOnEngine } from '../sql/test-place.ts'
import { testTransport } from '../testing/contract.ts'
import { amqpTransport } from './amqp-transport.ts'
import { freshPrefix, nextBrokerUrls, removeDeclared, withoutBroker } from './test-broker.ts'

after(removeDeclared)

describe('the AMQP transport', { skip: withoutBroker }, () => {
  onEachEngine((engine) => {
    testTransport<SqlTransaction>({
      name: `RabbitMQ with ${engine.name}`,
      capabilities: ['durable', 'shared'],
      open: (clock) => {
        const prefix = freshPrefix()
        return openOnEngine(engine, clock, (database) => amqpTransport({ database, urls: nextBrokerUrls(), prefix }))
      },
    })
  })
})
