import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type ServerProcess, serverProcess, spawnProgram } from './processes.ts'

export interface HoldfastProcess extends ServerProcess {
  /** What a request needs. */
  readonly headers: Readonly<Record<string, string>>
}

const readyWithinMs = 20_000

/** `holdfast run` as it comes, on a free port and with `folder` for its data; it logs as it would in production. */
export async function startHoldfast(folder: string): Promise<HoldfastProcess> {
  const env = { ...process.env, APP_ENV: 'test', PORT: '0', DATA_DIR: folder }
  const child = spawnProgram('../apps/media/src/main/cli.ts', ['run'], env)
  child.stdout.resume()
  const ended = once(child, 'exit').then(() => {
    throw new Error('holdfast ended before it was ready')
  })
  const { url, apiKey } = await Promise.race([whenReady(join(folder, 'first-run.json')), ended])
  ended.catch(() => undefined)
  return { ...serverProcess(child, url), headers: { authorization: `Bearer ${apiKey}` } }
}

async function whenReady(firstRunFile: string): Promise<{ url: string; apiKey: string }> {
  const until = performance.now() + readyWithinMs
  while (performance.now() < until) {
    const firstRun = await readFile(firstRunFile, 'utf8').then(JSON.parse, () => undefined)
    if (firstRun !== undefined && (await isReady(firstRun.url))) return firstRun
    await pause(50)
  }
  throw new Error('holdfast was not ready in time')
}

const isReady = (url: string) =>
  fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )
