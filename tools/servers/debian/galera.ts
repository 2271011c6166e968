import { randomUUID } from 'node:crypto'
import type { Database } from '../database.ts'
import { onFreePorts } from '../free-ports.ts'
import { runCommand } from '../run-command.ts'
import { createTemporaryFolder } from '../temporary-folder.ts'
import { createMariadbServer, installMariadb, mariadb, mariadbUser } from './mariadb-server.ts'
import { provideProgram } from './packages.ts'

const nodeCount = 3
const portsPerNode = 4

/** Three databases that agree on every commit. A node that comes back is ready when it has caught up with the others. */
export interface DatabaseCluster extends AsyncDisposable {
  readonly nodes: readonly Database[]
}

/** Debian's MariaDB holds Galera. */
export async function startGalera(): Promise<DatabaseCluster> {
  await provideProgram(mariadb)
  return onFreePorts(nodeCount * portsPerNode, async (ports) => {
    await using resources = new AsyncDisposableStack()
    const password = randomUUID()
    const places = Array.from({ length: nodeCount }, (_, index) => {
      const folder = resources.use(createTemporaryFolder(`galera-${index + 1}`, mariadbUser())).path
      const [port = 0, base = 0, increments = 0, transfers = 0] = ports.slice(index * portsPerNode)
      return { folder, port, base, increments, transfers }
    })
    const addresses = places.map(({ base }) => `127.0.0.1:${base}`)
    const nodes = places.map((place, index) => resources.use(createNode(place, { password, addresses, founds: index === 0 })))
    const [first, ...others] = nodes
    await installMariadb({ folder: places[0]?.folder ?? '', password })
    await first?.start()
    for (const { folder } of places.slice(1)) await runCommand('mkdir', [`${folder}/data`], { user: mariadbUser() })
    for (const node of others) await node.start()
    const owned = resources.move()
    return { nodes, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  })
}

/** A node that was held takes itself for one of the cluster until it is asked to wait for the others. */
const isInStep =
  "SET wsrep_sync_wait = 1; SELECT 1 FROM information_schema.global_status WHERE variable_name = 'wsrep_local_state_comment' AND variable_value = 'Synced'"

interface Place {
  readonly folder: string
  readonly port: number
  readonly base: number
  readonly increments: number
  readonly transfers: number
}

function createNode(place: Place, cluster: { password: string; addresses: readonly string[]; founds: boolean }): Database {
  const { folder, port } = place
  let founds = cluster.founds
  const settings = clusterSettings(place, cluster.addresses)
  return createMariadbServer({
    folder,
    port,
    password: cluster.password,
    args() {
      const args = founds ? [...settings, '--wsrep-new-cluster'] : settings
      founds = false
      return args
    },
    readyWhen: isInStep,
  })
}

/** Nothing is committed while the others do not know yet that a node is silent: 3 s of silence, not 5. */
const failureDetection = {
  'evs.keepalive_period': 'PT0.5S',
  'evs.suspect_timeout': 'PT3S',
  'evs.inactive_timeout': 'PT6S',
  'evs.install_timeout': 'PT6S',
}

function clusterSettings({ base, increments, transfers }: Place, addresses: readonly string[]): string[] {
  const addressing = { base_port: base, 'gmcast.listen_addr': `tcp://127.0.0.1:${base}`, 'ist.recv_addr': `127.0.0.1:${increments}` }
  const provider = { ...addressing, ...failureDetection }
  return [
    '--wsrep-on=ON',
    '--wsrep-provider=/usr/lib/galera/libgalera_smm.so',
    `--wsrep-provider-options=${Object.entries(provider)
      .map(([name, value]) => `${name}=${value}`)
      .join(';')}`,
    `--wsrep-cluster-address=gcomm://${addresses.join(',')}`,
    '--wsrep-node-address=127.0.0.1',
    '--wsrep-sst-method=rsync',
    `--wsrep-sst-receive-address=127.0.0.1:${transfers}`,
    '--binlog-format=ROW',
    '--innodb-autoinc-lock-mode=2',
  ]
}
