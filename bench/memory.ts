/** `memory.ts [azure]`: what uploads take of the service's memory, in a folder or in an Azurite, as the kernel counts it. Exit 1 where a goal is missed. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeContainer } from '../test/service/own-container.ts'
import { startAzurite } from '../tools/servers/azurite.ts'
import { startHoldfast } from './holdfast.ts'
import { runLoad } from './processes.ts'

const mebibyte = 2 ** 20

interface Peak {
  /** Resident, ready and at rest. */
  readonly beforeBytes: number
  /** Resident, at most. */
  readonly peakBytes: number
}

async function measurePeak(connections: number, fileBytes: number): Promise<Peak> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-memory-'))
  try {
    await using container = azurite && (await makeContainer(azurite.url))
    await using server = await startHoldfast(folder, container?.settings)
    const beforeBytes = await readStatus(server.pid, 'VmRSS')
    const target = { url: `${server.url}/v1/files`, serverPid: server.pid, headers: server.headers }
    await runLoad('upload.ts', { ...target, connections, uploadsPerConnection: 1, fileBytes, form: false, meetHalfway: true })
    return { beforeBytes, peakBytes: await readStatus(server.pid, 'VmHWM') }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function readStatus(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const [, kibibytes] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status) ?? []
  if (kibibytes === undefined) throw new Error(`the kernel tells no ${field}`)
  return Number(kibibytes) * 1024
}

function tell(what: string, bytes: number, goalBytes: number): void {
  const reached = bytes < goalBytes
  console.log(`${reached ? '✓' : '✗'} ${what}: ${(bytes / mebibyte).toFixed(2)} MiB, goal below ${(goalBytes / mebibyte).toFixed(2)} MiB`)
  if (!reached) process.exitCode = 1
}

await using azurite = process.argv[2] === 'azure' ? await startAzurite() : undefined

const many = await measurePeak(200, 32 * mebibyte)
console.log(
  `200 uploads of 32 MiB at once: ${Math.round(many.beforeBytes / mebibyte)} MiB before, ${Math.round(many.peakBytes / mebibyte)} MiB at most`,
)
tell('growth per upload', (many.peakBytes - many.beforeBytes) / 200, 2 * mebibyte)

const one = await measurePeak(1, 1024 * mebibyte)
console.log(
  `one upload of 1 GiB: ${Math.round(one.beforeBytes / mebibyte)} MiB before, ${Math.round(one.peakBytes / mebibyte)} MiB at most`,
)
tell('in all', one.peakBytes, 200e6)
