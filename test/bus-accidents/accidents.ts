/**
 * `accidents.ts [--only killed-consumer] [--on rabbitmq]`: one accident of the bus at a time, on real servers that it starts where the environment
 * names none. Prints what came of each. Exit 1 where something was lost, doubled or late.
 */
import { parseArgs } from 'node:util'
import { provideServers } from '../../tools/servers/provide-servers.ts'
import { testServers } from '../../tools/servers/test-servers.ts'

const needed = ['HOLDFAST_TEST_MYSQL_URL', 'HOLDFAST_TEST_AMQP_URL']
await using servers = await provideServers(testServers.single.filter(({ variables: [address = ''] }) => needed.includes(address)))
Object.assign(process.env, servers.addresses)
// What is imported from here on reads the environment.
const { scenes } = await import('./scenes.ts')

const { values } = parseArgs({ options: { only: { type: 'string' }, on: { type: 'string' } } })
for (const { name, carrier, run } of scenes) {
  if ((values.only ?? name) !== name || (values.on ?? carrier) !== carrier) continue
  const { lines, faults } = await run()
  console.log(`${faults.length === 0 ? '✓' : '✗'} ${name}, ${carrier}`)
  for (const line of [...lines, ...faults.map((fault) => `✗ ${fault}`)]) console.log(`  ${line}`)
  if (faults.length > 0) process.exitCode = 1
}
