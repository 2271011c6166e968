import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Began } from './probe.ts'
import type { Told, WorkerPlan } from './worker-process.ts'

const program = fileURLToPath(new URL('worker-process.ts', import.meta.url))

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Since it was asked to end. */
  readonly tookMs: number
}

/** A worker in a process of its own. */
export interface ProbeWorker {
  /** Numbers that it has begun, and not ended. */
  readonly inHand: ReadonlySet<number>
  readonly exited: Promise<unknown>
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<Exit>
}

/** Workers that come back when they end, as under a supervisor. */
export interface Workers extends AsyncDisposable {
  readonly all: readonly ProbeWorker[]
  /** Every attempt, in the order in which it was told. */
  readonly began: readonly Began[]
}

const restartMs = 100

export function keepWorkers(plan: WorkerPlan, count: number): Workers {
  const began: Began[] = []
  const stop = new AbortController()
  const all: ProbeWorker[] = []
  const keep = async (index: number) => {
    while (!stop.signal.aborted) {
      const worker = startWorker(plan, (told) => began.push(told))
      all[index] = worker
      await worker.exited
      await pause(restartMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }
  const kept = Array.from({ length: count }, (_, index) => keep(index))
  return {
    all,
    began,
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      for (const worker of all) void worker.end('SIGKILL')
      await Promise.all(kept)
    },
  }
}

function startWorker(plan: WorkerPlan, onBegan: (began: Began) => void): ProbeWorker {
  const child = fork(program, [JSON.stringify(plan)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const inHand = new Set<number>()
  child.on('message', (message) => {
    const told = message as Told
    if ('ended' in told) inHand.delete(told.ended)
    else {
      inHand.add(told.began.n)
      onBegan(told.began)
    }
  })
  const exited = once(child, 'exit')
  return { inHand, exited, end: (signal) => end(child, exited, signal) }
}

async function end(child: ChildProcess, exited: Promise<unknown[]>, asked: 'SIGKILL' | 'SIGTERM'): Promise<Exit> {
  const askedAt = performance.now()
  child.kill(asked)
  const [code, signal] = (await exited) as [number | null, NodeJS.Signals | null]
  return { code, signal, tookMs: performance.now() - askedAt }
}
