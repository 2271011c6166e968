import { randomUUID } from 'node:crypto'
import { connect } from 'amqplib'
import { defaultLanes } from '../lanes.ts'

const nodes = process.env['HOLDFAST_TEST_AMQP_URL']?.split(',')

/** For `describe` and `it`: the reason to skip what needs a broker, or false. */
export const withoutBroker = nodes === undefined && 'no RabbitMQ: HOLDFAST_TEST_AMQP_URL names none'

export const [brokerUrl = 'amqp://nowhere.invalid'] = nodes ?? []

let taken = 0

/** The nodes of the broker, each time with the next one first. */
export function nextBrokerUrls(): [string, ...string[]] {
  const [first = brokerUrl, ...others] = nodes?.map((_, index) => nodes[(taken + index) % nodes.length] ?? brokerUrl) ?? []
  taken += 1
  return [first, ...others]
}

const prefixes: string[] = []

/** Names of its own in a broker that others use too. */
export function freshPrefix(): string {
  const prefix = `test-${randomUUID()}`
  prefixes.push(prefix)
  return prefix
}

/** Takes away what was declared under those names. */
export async function removeDeclared(): Promise<void> {
  if (prefixes.length === 0) return
  const connection = await connect(brokerUrl)
  const channel = await connection.createChannel()
  for (const prefix of prefixes) {
    await channel.deleteExchange(prefix)
    await channel.deleteExchange(`${prefix}.events`)
    for (const lane of defaultLanes) await channel.deleteQueue(`${prefix}.${lane}`)
  }
  await connection.close()
}
