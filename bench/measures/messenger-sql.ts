import type { Benchmark, Contender } from '../benchmark.ts'
import type { MessagesPlan } from '../load/messages.ts'
import { runLoad } from '../processes.ts'

const shape = { messages: 20_000, callers: 100 }

export const messengerSql: Benchmark = {
  name: 'messenger-sql',
  about: 'messages over the SQL transport, each dispatched in a durable transaction and handled in another (SQLite, synchronous=FULL)',
  unit: 'messages/s',
  contenders: [contender('dispatch', 'dispatch'), contender('handle', 'handle'), contender('both at once', 'both')],
  goals: [],
}

function contender(name: string, work: MessagesPlan['work']): Contender {
  return {
    name,
    run: (folder) => {
      const plan: MessagesPlan = { ...shape, folder, work }
      return runLoad('messages.ts', plan)
    },
  }
}
