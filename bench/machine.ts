import { createHash, randomFillSync } from 'node:crypto'
import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { join } from 'node:path'

export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  /** Of the last minute, before the first round: what else the machine is doing. */
  readonly loadAverage: number
  /** One core, one stream. */
  readonly sha256MiBPerSecond: number
  /** A page written to the end of a file and synced, where the servers write. */
  readonly syncMs: number
  /** 256 MiB written to that file system and synced. */
  readonly diskMiBPerSecond: number
}

/** The limits that no server on this machine can pass. */
export function readMachine(folder: string): Machine {
  const processors = cpus()
  const [loadAverage = 0] = loadavg()
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: totalmem() / 2 ** 30,
    system: `${type()} ${release()}`,
    node: process.version,
    loadAverage,
    sha256MiBPerSecond: measureHash(),
    ...measureDisk(join(folder, 'disk')),
  }
}

export function machineLine(machine: Machine): string {
  const { processor, cores, memoryGiB, system, node, loadAverage, sha256MiBPerSecond, syncMs, diskMiBPerSecond } = machine
  return [
    `${cores} × ${processor}`,
    `${memoryGiB.toFixed(0)} GiB`,
    system,
    `Node ${node}`,
    `load ${loadAverage.toFixed(1)}`,
    `SHA-256 ${sha256MiBPerSecond.toFixed(0)} MiB/s`,
    `disk ${diskMiBPerSecond.toFixed(0)} MiB/s, ${syncMs.toFixed(2)} ms a sync`,
  ].join(' · ')
}

const chunk = randomFillSync(Buffer.alloc(64 * 1024 * 1024))

function measureHash(): number {
  const hash = createHash('sha256')
  const seconds = time(() => {
    for (let times = 0; times < 4; times++) hash.update(chunk)
  })
  return 256 / seconds
}

function measureDisk(path: string): Pick<Machine, 'syncMs' | 'diskMiBPerSecond'> {
  const file = openSync(path, 'w')
  const page = chunk.subarray(0, 4096)
  try {
    const syncing = time(() => {
      for (let times = 0; times < 200; times++) {
        writeSync(file, page)
        fdatasyncSync(file)
      }
    })
    const writing = time(() => {
      for (let times = 0; times < 4; times++) writeSync(file, chunk)
      fdatasyncSync(file)
    })
    return { syncMs: (syncing * 1000) / 200, diskMiBPerSecond: 256 / writing }
  } finally {
    closeSync(file)
    unlinkSync(path)
  }
}

/** In seconds. */
function time(work: () => void): number {
  const start = performance.now()
  work()
  return (performance.now() - start) / 1000
}
