import { readFileSync } from 'node:fs'

/** What a load process prints: one line of JSON. */
export interface Measured {
  /** Bytes or requests within `seconds`. */
  readonly amount: number
  readonly seconds: number
  /** Processor time over `seconds`: 1 is one core kept busy. Null where the system does not tell. */
  readonly serverCores: number | null
  /** Null where there is no load from another process. */
  readonly loadCores: number | null
}

/** Measures what `work` moves and what both processes spend on it; `serverPid` may be this one. */
export async function measure(serverPid: number, work: () => Promise<number>): Promise<Measured> {
  const serverBefore = processorSeconds(serverPid)
  const before = process.cpuUsage()
  const start = performance.now()
  const amount = await work()
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(before)
  const serverAfter = processorSeconds(serverPid)
  return {
    amount,
    seconds,
    serverCores: serverBefore === null || serverAfter === null ? null : (serverAfter - serverBefore) / seconds,
    loadCores: serverPid === process.pid ? null : (user + system) / 1e6 / seconds,
  }
}

const ticksPerSecond = 100

/** Of a process and its threads (proc(5): utime and stime are the 14th and 15th field); null where there is no /proc. */
function processorSeconds(pid: number): number | null {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1) ?? ''
    const [utime, stime] = afterName.split(' ').slice(11, 13)
    return (Number(utime) + Number(stime)) / ticksPerSecond
  } catch {
    return null
  }
}
