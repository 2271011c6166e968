import type { Fault } from '../faults/fault.ts'
import type { Crew } from './crew.ts'

export const processFaults = (crew: Crew): Fault[] => [
  { name: 'kill a worker', weight: 6, strike: async (random) => crew.kill('work', (count) => random.int(0, count - 1)) },
  { name: 'kill a dispatcher', weight: 2, strike: async (random) => crew.kill('dispatch', (count) => random.int(0, count - 1)) },
]
