import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ServerPlace } from '../faults/servers.ts'
import type { ProcessPlan, Told } from './bus-process.ts'

const program = fileURLToPath(new URL('bus-process.ts', import.meta.url))

/** Longer than the grace that a worker gives to what it handles. */
const stopTimeoutMs = 60_000

export interface CrewOptions {
  readonly messages: number
  readonly perSecond: number
  readonly workers: readonly ServerPlace[]
  readonly dispatchers: readonly ServerPlace[]
}

/** Processes at work. Each comes back when it has died, and a dispatcher goes on with what it has not said yet. */
export interface Crew {
  readonly said: ReadonlySet<number>
  /** Counted as they were told: who is killed between a commit and its telling tells one less. */
  readonly did: number
  kill(role: ProcessPlan['role'], choose: (count: number) => number): void
  stop(): Promise<readonly string[]>
}

interface Member {
  readonly role: ProcessPlan['role']
  readonly plan: () => ProcessPlan
  child: ChildProcess | undefined
  ended: Promise<unknown>
}

export function startCrew({ messages, perSecond, workers, dispatchers }: CrewOptions): Crew {
  const said = new Set<number>()
  const faults: string[] = []
  let did = 0
  let isStopping = false

  const take = (told: Told) => {
    if ('said' in told) for (const n of told.said) said.add(n)
    else did += told.did
  }

  const start = (member: Member): void => {
    const child = fork(program, [JSON.stringify(member.plan())], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    member.child = child
    child.on('message', (told) => take(told as Told))
    member.ended = once(child, 'exit').then(async ([code, signal]) => {
      const wasKilled = signal === 'SIGKILL' && !isStopping
      if (!wasKilled && code !== 0) faults.push(`${member.role} ended with ${code ?? signal}`)
      if (!isStopping) await pause(100)
      if (!isStopping) start(member)
    })
  }
  const end = async ({ role, child, ended }: Member) => {
    child?.kill('SIGTERM')
    const overdue = setTimeout(() => {
      faults.push(`${role} did not end within ${stopTimeoutMs / 1_000} s`)
      child?.kill('SIGKILL')
    }, stopTimeoutMs)
    await ended
    clearTimeout(overdue)
  }
  const share = Math.ceil(messages / dispatchers.length)
  const rate = perSecond / dispatchers.length
  const members = [
    ...workers.map((place): Member => member('work', () => ({ ...place, role: 'work', from: 0, to: 0, perSecond: 0 }))),
    ...dispatchers.map((place, index) => {
      const to = Math.min((index + 1) * share, messages)
      return member('dispatch', () => ({ ...place, role: 'dispatch', from: firstMissing(said, index * share, to), to, perSecond: rate }))
    }),
  ]
  for (const each of members) start(each)

  return {
    said,
    get did() {
      return did
    },
    kill: (role, choose) => {
      const ofRole = members.filter((each) => each.role === role)
      ofRole[choose(ofRole.length)]?.child?.kill('SIGKILL')
    },
    stop: async () => {
      isStopping = true
      await Promise.all(members.map(end))
      return faults
    },
  }
}

const member = (role: ProcessPlan['role'], plan: () => ProcessPlan): Member => ({ role, plan, child: undefined, ended: Promise.resolve() })

function firstMissing(said: ReadonlySet<number>, from: number, to: number): number {
  for (let n = from; n < to; n++) if (!said.has(n)) return n
  return to
}
