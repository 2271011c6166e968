import { setTimeout as pause } from 'node:timers/promises'
import type { Role } from '../../apps/media/src/main/roles.ts'
import { crashPoints } from '../../apps/media/src/media/crash-point.ts'
import type { Random } from '../faults/random.ts'
import { childProcesses } from '../service/child-processes.ts'
import { type Exit, type HoldfastProcess, killable, startHoldfast } from '../service/holdfast-process.ts'
import type { Report } from './findings.ts'

export type Point = (typeof crashPoints)[number]

export interface Pool {
  /** How many processes died at each point, and at no point. */
  readonly killsAt: ReadonlyMap<Point | 'random', number>
  readonly errors: ReadonlyMap<string, number>
  /** One that serves; waits for one where none does. */
  url(random: Random): Promise<string>
  /** Whichever process passes the point for the n-th time from now on dies there, those that start later included. */
  arm(point: Point, passings: number): void
  isArmed(point: Point): boolean
  kill(random: Random, everyone: boolean): void
  /** Those that render pictures for them. How many there were. */
  killRenderers(): Promise<number>
  /** Asks one to end, waits until it has. */
  restartOne(random: Random): Promise<void>
  /** Ends all in good order; none comes back. */
  stop(): Promise<void>
}

export interface PoolOptions {
  readonly dataDir: string
  /** Of all of them. */
  readonly settings: Readonly<Record<string, string>>
  readonly members: readonly Member[]
  readonly report: Report
}

/** One process. Only those that serve are asked. */
export interface Member {
  readonly role: Role
  readonly settings: Readonly<Record<string, string>>
}

interface Slot extends Member {
  running: HoldfastProcess | undefined
  /** What is expected to end it. */
  ending: 'nothing' | 'kill' | 'stop'
  /** It could not be started again. */
  isGone: boolean
  ended: Promise<void>
}

/** Processes on the same data. Each comes back when it has died. */
export async function openPool({ dataDir, settings, members, report }: PoolOptions): Promise<Pool> {
  const killsAt = new Map<Point | 'random', number>()
  const errors = new Map<string, number>()
  const armed = new Map<Point, number>()
  let isClosing = false

  const disarm = (point: Point) => {
    armed.delete(point)
    for (const slot of slots) tell(slot, point)
  }
  const start = async (slot: Slot) => {
    let killedAt: Point | undefined
    const onLine = (line: string) => {
      killedAt ??= crashPoints.find((point) => line === `killed at ${point}`)
      if (line.includes('"level":"error"') || line.includes('"level":"fatal"')) count(errors, messageOf(line))
    }
    const holdfast = await startHoldfast({
      dataDir,
      settings: { ...settings, ...slot.settings },
      command: [killable, slot.role],
      stdin: 'pipe',
      onLine,
    })
    // It may be dying while it is told something: then nobody is told, which is as good.
    holdfast.child.stdin?.on('error', () => undefined)
    slot.running = holdfast
    slot.ending = 'nothing'
    for (const [point, passings] of armed) tell(slot, `${point} ${passings}`)
    slot.ended = holdfast.exited.then((exit) => {
      slot.running = undefined
      if (killedAt !== undefined || slot.ending === 'kill') {
        count(killsAt, killedAt ?? 'random')
        if (killedAt !== undefined) disarm(killedAt)
      } else if (!endedWell(slot, exit))
        report('process.end', `code ${exit.code}, signal ${exit.signal}, while ${slot.ending} was to end it`)
      return isClosing ? undefined : startAgain(slot)
    })
  }

  // As whoever watches over it in production does: what it needs may be away for a while.
  const startAgain = async (slot: Slot): Promise<void> => {
    for (;;) {
      try {
        return await start(slot)
      } catch (error) {
        slot.isGone = !isAway(error)
        if (slot.isGone) return report('process.end', String(error))
        await pause(200)
      }
    }
  }

  // All at once: one of them makes the database.
  const slots = members.map(
    (member): Slot => ({ ...member, running: undefined, ending: 'nothing', isGone: false, ended: Promise.resolve() }),
  )
  await Promise.all(slots.map(start))
  const running = () => slots.filter((slot) => slot.running?.isRunning() && slot.ending === 'nothing')

  return {
    killsAt,
    errors,
    async url(random) {
      for (;;) {
        const url = random.pick(running().filter(({ role }) => role !== 'work'))?.running?.url
        if (url !== undefined) return url
        await pause(20)
      }
    },
    arm(point, passings) {
      armed.set(point, passings)
      for (const slot of slots) tell(slot, `${point} ${passings}`)
    },
    isArmed: (point) => armed.has(point),
    kill(random, everyone) {
      const victims = everyone ? running() : [random.pick(running())]
      for (const victim of victims) {
        if (victim === undefined) continue
        victim.ending = 'kill'
        void victim.running?.kill()
      }
    },
    async killRenderers() {
      const renderers = (await Promise.all(running().map((slot) => childProcesses(slot.running?.pid ?? 0)))).flat()
      return renderers.filter(killIfThere).length
    },
    async restartOne(random) {
      const slot = random.pick(running())
      if (slot === undefined) return
      slot.ending = 'stop'
      await slot.running?.stop()
    },
    async stop() {
      while (!isClosing && slots.some((slot) => slot.running === undefined && !slot.isGone)) await pause(20)
      isClosing = true
      for (const slot of slots) {
        slot.ending = 'stop'
        await slot.running?.stop()
      }
    },
  }
}

const endedWell = ({ ending }: Slot, { code }: Exit) => ending === 'stop' && code === 0

/** The only reason for which a process may end before it is ready. */
const isAway = (error: unknown) => /\n(DatabaseUnavailable: |Failure: the store cannot keep or give bytes now)/.test(String(error))

function tell({ running }: Slot, line: string): void {
  running?.child.stdin?.write(`${line}\n`)
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function messageOf(line: string): string {
  const { message, err } = JSON.parse(line) as { message?: string; err?: { message?: string } }
  return err?.message === undefined ? String(message) : `${message}: ${err.message}`
}

/** It may have gone by itself. */
function killIfThere(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}
