import type { Benchmark, Contender } from '../benchmark.ts'
import type { PostPlan } from '../load/post.ts'
import { runLoad, startServer } from '../processes.ts'
import { makeSchema, startMysql } from './mysql-server.ts'

const shape = { connections: 100, warmUpSeconds: 2, seconds: 4 }

export const idempotentPostMysql: Benchmark = {
  name: 'idempotent-post-mysql',
  about: 'a JSON POST over 100 connections; all but the bare one keep a row in MariaDB or MySQL, on this machine, before they answer',
  start: startMysql,
  unit: 'requests/s',
  contenders: [
    contender('bare', 'post-bare.ts', null),
    contender('without a key', 'post-idempotent.ts', 0),
    contender('idempotent', 'post-idempotent.ts', null),
    contender('replay', 'post-idempotent.ts', 1000),
    contender('claim then update', 'post-claim-then-update-mysql.ts', null),
  ],
  goals: [{ subject: 'idempotent', peer: 'bare', atLeast: 0.25 }],
}

function contender(name: string, program: string, keys: PostPlan['keys']): Contender {
  return {
    name,
    run: async () => {
      await using schema = await makeSchema()
      await using server = await startServer(program, schema.url)
      const plan: PostPlan = { ...shape, url: `${server.url}/notes`, serverPid: server.pid, keys }
      return await runLoad('post.ts', plan)
    },
  }
}
