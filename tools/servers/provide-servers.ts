import type { TestServer } from './test-servers.ts'

/** The addresses of servers for tests by their variables, and why the others are not there. */
export interface ProvidedServers extends AsyncDisposable {
  readonly addresses: Readonly<Record<string, string>>
  readonly missing: readonly string[]
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
  return { addresses, missing, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}
