import type { TestServer } from './test-servers.ts'

/** The addresses of servers for tests by their variables, and why the others are not there. */
export interface ProvidedServers extends AsyncDisposable {
  readonly addresses: Readonly<Record<string, string>>
  readonly missing: readonly string[]
  /** What each variable's server is, as `MariaDB 10.11.14 on 3 nodes`. */
  readonly engines: ReadonlyMap<string, string>
}

/** Starts, side by side, the servers that the environment does not point to. Never throws: it says what is missing. */
export async function provideServers(servers: readonly TestServer[], env = process.env): Promise<ProvidedServers> {
  const resources = new AsyncDisposableStack()
  const [addresses, missing]: [Record<string, string>, string[]] = [{}, []]
  const provide = async ({ name, variables, start }: TestServer) => {
    try {
      const server = resources.use(await start())
      for (const [index, variable] of variables.entries()) addresses[variable] = server.addresses[index] ?? ''
    } catch (error) {
      missing.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const unset = servers.filter(({ variables: [address = ''] }) => env[address] === undefined)
  await Promise.all(unset.map(provide))
  const engines = await askEngines(servers, { ...env, ...addresses })
  return { addresses, missing, engines, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

async function askEngines(servers: readonly TestServer[], addresses: Readonly<Record<string, string | undefined>>) {
  const engines = new Map<string, string>()
  for (const { name, variables, ask } of servers) {
    const nodes = addresses[variables.at(-1) ?? '']?.split(',') ?? []
    const [first] = nodes
    if (first === undefined) continue
    const engine = await ask(first).catch((error: unknown) => `${name} (${error instanceof Error ? error.message : String(error)})`)
    for (const variable of variables) engines.set(variable, nodes.length > 1 ? `${engine} on ${nodes.length} nodes` : engine)
  }
  return engines
}
