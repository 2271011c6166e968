import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { crashPoints } from '../../apps/media/src/media/crash-point.ts'
import type { Random } from '../faults/random.ts'
import type { StoredBlobs } from '../service/stored-blobs.ts'
import type { Point, Pool } from './pool.ts'
import type { Tally } from './session.ts'

export interface KillerOptions {
  readonly pool: Pool
  readonly random: Random
  readonly tally: Tally
  readonly blobs: Pick<StoredBlobs, 'write'>
  readonly kills: number
  readonly operations: number
  /** Goes on until each point has killed once. */
  readonly everyPoint: boolean
  /** Now and then all at once; not where somebody is to serve at any time. */
  readonly everyone: boolean
}

/** Counts what the killer did beside killing. */
export interface Killings {
  restarts: number
  renderers: number
  strays: number
}

const pointTimeoutMs = 1_000
const everyPointWithinMs = 300_000

/** Strikes in even steps of the clients' operations: half of the kills at named points, the others at any moment. */
export async function runKiller(options: KillerOptions, isBroken: () => boolean): Promise<Killings> {
  const { pool, tally, kills, operations, everyPoint } = options
  const killings: Killings = { restarts: 0, renderers: 0, strays: 0 }
  const until = performance.now() + everyPointWithinMs
  for (let strikes = 1; !isBroken(); strikes++) {
    const isEnough = killCount(pool) >= kills && (!everyPoint || missingPoints(pool).length === 0 || performance.now() > until)
    if (isEnough) break
    while (tally.operations < ((strikes - 0.5) * operations) / kills && !isBroken()) await pause(10)
    await strike(options, killings)
  }
  return killings
}

export const killCount = ({ killsAt }: Pick<Pool, 'killsAt'>): number => [...killsAt.values()].reduce((sum, kills) => sum + kills, 0)

const missingPoints = ({ killsAt }: Pool): Point[] => crashPoints.filter((point) => !killsAt.has(point))

async function strike({ pool, random, blobs, everyone }: KillerOptions, killings: Killings): Promise<void> {
  if (random.chance(0.05)) {
    killings.restarts++
    await pool.restartOne(random)
  }
  if (random.chance(0.2)) killings.renderers += await pool.killRenderers()
  if (random.chance(0.1)) {
    killings.strays++
    await leaveStray(blobs)
  }
  const kills = pool.killsAt.get('random') ?? 0
  if (kills > killCount(pool) / 2) return strikeAtPoint(pool, random)
  await pause(random.int(0, 100))
  pool.kill(random, random.chance(0.15) && everyone)
}

/** The points that killed the least go first. One that nobody passes stays armed: it strikes when somebody does. */
async function strikeAtPoint(pool: Pool, random: Random): Promise<void> {
  const fewest = Math.min(...crashPoints.map((point) => pool.killsAt.get(point) ?? 0))
  const candidates = crashPoints.filter((point) => (pool.killsAt.get(point) ?? 0) === fewest && !pool.isArmed(point))
  const point = random.pick(candidates) ?? random.pick(crashPoints.filter((other) => !pool.isArmed(other)))
  if (point === undefined) return
  pool.arm(point, random.int(1, 3))
  const until = performance.now() + pointTimeoutMs
  while (pool.isArmed(point) && performance.now() < until) await pause(10)
}

/** Bytes that no row knows of, as a backup that was put back by mistake leaves them. */
async function leaveStray(blobs: Pick<StoredBlobs, 'write'>): Promise<void> {
  const key = randomBytes(16).toString('hex')
  await blobs.write(`${key.slice(0, 2)}/${key}`, randomBytes(100))
}
