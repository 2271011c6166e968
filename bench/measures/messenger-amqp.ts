import { provideServers } from '../../tools/servers/provide-servers.ts'
import type { Benchmark, Contender } from '../benchmark.ts'
import { busServers } from '../bus/bus-servers.ts'
import type { Addresses, BusPlan } from '../bus/drive-bus.ts'
import { runProgram } from '../processes.ts'

const shape = { callers: 256, inHand: 256 }
const [many, some] = [16_000, 4_000]

let addresses: Addresses = {}

export const messengerAmqp: Benchmark = {
  name: 'messenger-amqp',
  about: 'messages of 200 bytes from 256 callers to a consumer with 256 in hand, one process; from the first send to the last handling',
  unit: 'messages/s',
  start: async () => {
    const servers = await provideServers(busServers)
    addresses = servers.addresses
    return servers.missing.length === 0 ? servers : servers.missing.join('; ')
  },
  contenders: [
    contender('amqplib', many),
    contender('holdfast-direct', many),
    contender('golevelup', many),
    contender('bullmq', many),
    contender('holdfast-outbox', some),
    contender('graphile-worker', some),
    contender('pg-boss', some),
  ],
  goals: [
    { subject: 'holdfast-direct', peer: 'amqplib', atLeast: 0.8 },
    { subject: 'holdfast-direct', peer: 'golevelup', atLeast: 1 },
    { subject: 'holdfast-direct', peer: 'bullmq', atLeast: 1 },
    { subject: 'holdfast-outbox', peer: 'amqplib', atLeast: 0.25 },
    { subject: 'holdfast-outbox', peer: 'graphile-worker', atLeast: 2 },
    { subject: 'holdfast-outbox', peer: 'pg-boss', atLeast: 2 },
  ],
}

function contender(name: string, messages: number): Contender {
  return {
    name,
    run: () => {
      const plan: BusPlan = { ...shape, addresses, messages, warmUpMessages: messages / 4 }
      return runProgram(`bus/${name}.ts`, plan)
    },
  }
}
