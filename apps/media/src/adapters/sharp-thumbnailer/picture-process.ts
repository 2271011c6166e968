import { type ChildProcess, fork, type Serializable } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { RenderingFailed } from '../../media/thumbnails/thumbnailer.ts'
import type { PictureAnswer, PictureRequest } from './picture-request.ts'

export interface PictureProcess {
  /** Its id, for whoever watches it from outside. */
  readonly pid: number | undefined
  readonly isAlive: () => boolean
  /** As `ask`, rejects where the process ends before: RenderingFailed `crashed`. */
  send(request: PictureRequest): Promise<void>
  /** Settles with the answer to a `render`. */
  ask(request: PictureRequest): Promise<PictureAnswer>
  /** Resolves when it is gone. */
  kill(): Promise<void>
}

/** Few threads and few arenas: what one of them keeps for later is memory too. Nothing else of our environment is its business. */
const environment = { MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '2' }

export function startPictureProcess(): PictureProcess {
  const child = fork(join(import.meta.dirname, 'picture-worker.ts'), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: environment,
    execArgv: [],
  })
  // What fails to be sent is told to who sends it.
  child.on('error', () => undefined)
  const ended = once(child, 'exit').catch(() => undefined)
  const isAlive = () => child.exitCode === null && child.signalCode === null && child.connected
  return {
    pid: child.pid,
    isAlive,
    send: (request) => send(child, request),
    ask: (request) => ask(child, request),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

const send = (child: ChildProcess, request: PictureRequest) =>
  new Promise<void>((resolve, reject) => {
    child.send(request as Serializable, (error) => (error === null ? resolve() : reject(crashed(error))))
  })

/** Its last words are heard before the end of its channel. */
function ask(child: ChildProcess, request: PictureRequest): Promise<PictureAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<PictureAnswer>()
  const onEnd = () => reject(crashed())
  const onMessage = (answer: Serializable) => resolve(answer as PictureAnswer)
  child.once('message', onMessage).once('disconnect', onEnd)
  send(child, request).catch(reject)
  return promise.finally(() => child.off('message', onMessage).off('disconnect', onEnd))
}

const crashed = (cause?: unknown) => new RenderingFailed('crashed', { cause })
