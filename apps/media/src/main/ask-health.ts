import { connect } from 'node:net'
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
  const parts = await ask(everywhere[host] ?? host, port)
    .then((body) => Object.entries((JSON.parse(body) as { parts: Readonly<Record<string, Part>> }).parts))
    .catch(() => undefined)
  if (parts === undefined) return { isHealthy: false, problems: ['no answer'] }
  const down = parts.filter(([, { status }]) => status === 'down')
  const isLoop = ([name]: (typeof down)[number]) => loopNames.has(name)
  const excused = down.some((part) => !isLoop(part))
  const wrong = down.filter((part) => part[1].required || (isLoop(part) && !excused))
  return { isHealthy: wrong.length === 0, problems: wrong.map(([name, { detail }]) => `${name} ${detail ?? 'is down'}`) }
}

/** The body of the answer. By hand, and in the version that closes when it is said: to load a client of HTTP takes a process longer than all the rest of its check. */
async function ask(host: string, port: number): Promise<string> {
  const socket = connect({ host, port, signal: AbortSignal.timeout(timeoutMs) }).setEncoding('utf8')
  socket.write('GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n')
  let answer = ''
  for await (const chunk of socket) answer += chunk
  return answer.slice(answer.indexOf('\r\n\r\n'))
}
