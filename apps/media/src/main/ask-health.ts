import { isIPv6 } from 'node:net'
import { loopNames } from './loop-names.ts'

interface Part {
  readonly required: boolean
  readonly status: 'up' | 'down'
  readonly detail?: string
}

export interface AskedHealth {
  readonly isHealthy: boolean
  readonly problems: readonly string[]
}

const timeoutMs = 3_000
/** An address to listen on that is none to call. */
const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/**
 * Asks the process that listens there. Unhealthy is what a restart might mend: no answer, a required part that is down, or a loop that stands still
 * while all it works with is up. A broker that is away is nobody's fault here.
 */
export async function askHealth(host: string, port: number): Promise<AskedHealth> {
  const address = everywhere[host] ?? host
  const url = `http://${isIPv6(address) ? `[${address}]` : address}:${port}/readyz`
  const parts = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    .then((response) => response.json() as Promise<{ parts: Readonly<Record<string, Part>> }>)
    .then((body) => Object.entries(body.parts))
    .catch(() => undefined)
  if (parts === undefined) return { isHealthy: false, problems: ['no answer'] }
  const down = parts.filter(([, { status }]) => status === 'down')
  const isLoop = ([name]: (typeof down)[number]) => loopNames.has(name)
  const excused = down.some((part) => !isLoop(part))
  const wrong = down.filter((part) => part[1].required || (isLoop(part) && !excused))
  return { isHealthy: wrong.length === 0, problems: wrong.map(([name, { detail }]) => `${name} ${detail ?? 'is down'}`) }
}
