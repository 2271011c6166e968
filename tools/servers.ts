/**
 * Starts the servers that the tests use, prints the variables that hold their addresses, and stops them at Ctrl-C:
 * `node tools/servers.ts [--on cluster] [variable …]`.
 */
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { provideServers } from './servers/provide-servers.ts'
import { chosenStand, testServers } from './servers/test-servers.ts'

const { values, positionals: wanted } = parseArgs({ options: { on: { type: 'string' } }, allowPositionals: true })
await using servers = await provideServers(
  testServers[chosenStand(values.on)].filter(
    ({ variables }) => wanted.length === 0 || variables.some((variable) => wanted.includes(variable)),
  ),
)
for (const [variable, value] of Object.entries(servers.addresses)) console.log(`export ${variable}='${value}'`)
for (const reason of servers.missing) console.error(`✗ ${reason}`)
console.log('# until Ctrl-C')
const keepAlive = setInterval(() => {}, 60_000)
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
clearInterval(keepAlive)
