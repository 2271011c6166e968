/**
 * `holdfast ROLE`, which can be told on its standard input to kill itself: `purge.decided 3` means at the third passing of that point.
 * Nothing it has begun is finished, and nothing is told to anybody but the point's name on standard error. Ends with whoever started it.
 */
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { stopSignal } from '../../apps/media/src/main/commands/signals.ts'
import { readConfig } from '../../apps/media/src/main/commands/with-holdfast.ts'
import { type Role, runRole } from '../../apps/media/src/main/roles.ts'
import type { CrashPoint } from '../../apps/media/src/media/crash-point.ts'

const passingsLeft = new Map<string, number>()

const reached: CrashPoint = (point) => {
  const left = passingsLeft.get(point)
  if (left === undefined) return
  if (left > 1) passingsLeft.set(point, left - 1)
  else killAt(point)
}

function killAt(point: string): void {
  writeSync(2, `killed at ${point}\n`)
  process.kill(process.pid, 'SIGKILL')
}

const orders = createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [point = '', passings] = line.split(' ')
    if (passings === undefined) passingsLeft.delete(point)
    else passingsLeft.set(point, Number(passings))
  })
  .on('close', () => process.kill(process.pid, 'SIGKILL'))

await runRole(process.argv[2] as Role, readConfig(), stopSignal(), { reached })
orders.removeAllListeners('close')
process.stdin.destroy()
