import { join } from 'node:path'
import type { Benchmark, Contender } from '../benchmark.ts'
import type { PostPlan } from '../load/post.ts'
import { runLoad, startServer } from '../processes.ts'

const shape = { connections: 100, warmUpSeconds: 2, seconds: 4 }

export const idempotentPost: Benchmark = {
  name: 'idempotent-post',
  about: 'a JSON POST over 100 connections; all but the bare one keep a row (SQLite, synchronous=FULL) before they answer',
  unit: 'requests/s',
  contenders: [
    contender('bare', 'post-bare.ts', null),
    contender('without a key', 'post-idempotent.ts', 0),
    contender('idempotent', 'post-idempotent.ts', null),
    contender('replay', 'post-idempotent.ts', 1000),
    contender('claim then update', 'post-claim-then-update.ts', null),
  ],
  goals: [
    { subject: 'idempotent', peer: 'bare', atLeast: 0.35 },
    { subject: 'replay', peer: 'bare', atLeast: 0.6 },
  ],
}

function contender(name: string, program: string, keys: PostPlan['keys']): Contender {
  return {
    name,
    run: async (folder) => {
      await using server = await startServer(program, join(folder, 'notes.db'))
      const plan: PostPlan = { ...shape, url: `${server.url}/notes`, serverPid: server.pid, keys }
      return await runLoad('post.ts', plan)
    },
  }
}
