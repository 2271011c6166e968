import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const docker = async (...args: string[]) => (await run('docker', args)).stdout.trim()

/** What may befall a container, and the end of it. */
export interface Accident {
  begin(): Promise<unknown>
  end(): Promise<unknown>
}

export interface Container {
  readonly service: string
  health(): Promise<string>
  readonly accidents: Readonly<Record<'kill' | 'pause' | 'disconnect', Accident>>
  /** Gives what it printed. */
  run(...command: string[]): Promise<string>
}

/** A loop of the worker waits for ever, and everything that it works with answers: nobody else needs this table. */
export function loopHangs(mysql: Container): Accident {
  let held: Promise<unknown> = Promise.resolve()
  const lock = 'LOCK TABLES lease WRITE; DO SLEEP(20)'
  const client = 'mysql --user=root --password="$(cat /run/secrets/mysql_root_password)" holdfast'
  return {
    begin: async () => {
      held = mysql.run('sh', '-c', `${client} --execute='${lock}'`)
      held.catch(() => undefined)
    },
    end: () => held,
  }
}

/** Those of one project that run, by their service. */
export async function runningContainers(project: string): Promise<ReadonlyMap<string, Container>> {
  const ids = await docker('ps', '--quiet', '--filter', `label=com.docker.compose.project=${project}`)
  const containers = await Promise.all(ids.split('\n').map(openContainer))
  return new Map(containers.map((container) => [container.service, container]))
}

async function openContainer(id: string): Promise<Container> {
  const [service = '', ...networks] = (
    await docker(
      ...[
        'inspect',
        '--format',
        '{{index .Config.Labels "com.docker.compose.service"}} {{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}',
        id,
      ],
    )
  ).split(/\s+/)
  // What is published stays so: the front is cut off from those behind it.
  const left = networks.filter((name) => service !== 'nginx' || name.endsWith('_edge'))
  const onEach = async (...words: string[]) => {
    for (const network of left) await docker('network', ...words, network, id)
  }
  // A double that writes every five seconds what it has acknowledged, and when it is told to end.
  const kill = service === 'azurite' ? 'stop' : 'kill'
  return {
    service,
    run: (...command) => docker('exec', id, ...command),
    health: () =>
      docker('inspect', '--format', '{{if eq .State.Status "running"}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}', id),
    accidents: {
      kill: { begin: () => docker(kill, id), end: () => docker('start', id) },
      pause: { begin: () => docker('pause', id), end: () => docker('unpause', id) },
      disconnect: { begin: () => onEach('disconnect'), end: () => onEach('connect', '--alias', service) },
    },
  }
}
