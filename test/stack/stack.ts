import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A stack that runs, as `make` knows it. */
export interface Stack {
  readonly url: string
  /** Tells how long it took, and throws where it fails. */
  make(target: string, variables?: Readonly<Record<string, string>>): Promise<void>
  /** Of the first administrator. */
  apiKey(name: string): Promise<string>
}

/** By the arguments of a program: the environment, and where its front is reached. */
export function openStack([environment = '', url = '']: readonly string[]): Stack {
  const words = (target: string, variables: Readonly<Record<string, string>>) => [
    target,
    ...Object.entries({ ENV: environment, ...variables }).map(([name, value]) => `${name}=${value}`),
  ]
  return {
    url,
    make: async (target, variables = {}) => {
      const startedAt = performance.now()
      const child = spawn('make', words(target, variables), { stdio: ['ignore', 'pipe', 'pipe'] })
      const said: Buffer[] = []
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk))
      const [code] = await once(child, 'close')
      if (code !== 0) throw new Error(`make ${target} ended with ${code}: ${Buffer.concat(said)}`)
      console.log(`make ${words(target, variables).join(' ')}: ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`)
    },
    apiKey: async (name) => {
      const args = `api-keys create ${name} --as admin@holdfast.example --json`
      const { stdout } = await run('make', ['--silent', ...words('in-stack', { ARGS: args })])
      return (JSON.parse(stdout) as { readonly key: string }).key
    },
  }
}
