import { randomFillSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Benchmark } from '../benchmark.ts'
import { startHoldfast } from '../holdfast.ts'
import type { DownloadPlan } from '../load/download.ts'
import { runLoad, startServer } from '../processes.ts'

const fileBytes = 64 * 1024 * 1024
/** As in the folder store. */
const chunkBytes = 256 * 1024
const shape = { connections: 8, fileBytes, warmUpSeconds: 1, seconds: 4 }

export const download: Benchmark = {
  name: 'download',
  about: 'one file of 64 MiB, 8 readers at once, read in chunks of 256 KiB',
  unit: 'MiB/s',
  contenders: [
    { name: 'createReadStream', run: fromBareServer },
    { name: 'holdfast', run: fromHoldfast },
  ],
  goals: [{ subject: 'holdfast', peer: 'createReadStream', atLeast: 0.9 }],
}

async function fromBareServer(folder: string) {
  const path = join(folder, 'sample.bin')
  await writeFile(path, sample())
  await using server = await startServer('bare-download.ts', path, String(chunkBytes))
  return await runLoad('download.ts', plan({ url: `${server.url}/`, serverPid: server.pid, headers: {} }))
}

async function fromHoldfast(folder: string) {
  await using server = await startHoldfast(folder)
  const uploaded = await fetch(`${server.url}/v1/files?name=sample.bin`, { method: 'POST', headers: server.headers, body: sample() })
  if (uploaded.status !== 201) throw new Error(`the sample was answered with ${uploaded.status}`)
  const url = new URL(`${uploaded.headers.get('location')}/content`, server.url)
  return await runLoad('download.ts', plan({ url: url.href, serverPid: server.pid, headers: server.headers }))
}

/** Noise that looks like no known type: its beginning is empty. */
const sample = () => randomFillSync(new Uint8Array(fileBytes), 8192)

const plan = (target: Pick<DownloadPlan, 'url' | 'serverPid' | 'headers'>): DownloadPlan => ({ ...shape, ...target })
