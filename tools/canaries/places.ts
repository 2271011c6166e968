import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Container } from '../harden/container.ts'

/** Where a secret must not be. */
export interface Place {
  readonly name: string
  /** Stands there in any case: where it is not found, nobody looked. */
  readonly control: string
  /** Prints all of it. */
  readonly command: readonly [program: string, ...args: string[]]
}

/** Every layer, also what a later one has taken away; engines pack them or not. */
const layersOf = `folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
docker save "$0" | tar --extract --directory "$folder"
find "$folder" -type f | while read -r file; do if gzip --test "$file" 2>/dev/null; then gzip --decompress --stdout "$file"; else cat "$file"; fi; done`

export const places = (repository: string, containers: readonly Container[]): readonly Place[] => [
  {
    name: 'Git, with its history',
    control: 'holdfast',
    command: ['git', '-C', repository, 'log', '--all', '-p', '--no-textconv', '--no-ext-diff'],
  },
  ...[...new Set(containers.filter(({ isOurs }) => isOurs).map(({ Config }) => Config.Image))].flatMap((image): Place[] => [
    { name: `the layers of ${image}`, control: 'app/apps/media/src/main/cli.ts', command: ['bash', '-c', layersOf, image] },
    { name: `the history of ${image}`, control: 'BUILD_ARGUMENT_ENV', command: ['docker', 'history', '--no-trunc', image] },
  ]),
  ...containers.flatMap((container) => placesOf(container)),
]

function placesOf(container: Container): Place[] {
  const { Id, service, State } = container
  const settled: Place[] = [
    { name: `${service}: docker inspect`, control: Id, command: ['docker', 'inspect', Id] },
    // A service that has nothing to say has said nothing: so the engine is asked for its name as well.
    { name: `${service}: its log`, control: Id, command: ['sh', '-c', 'docker logs "$0" 2>&1; echo "$0"', Id] },
  ]
  if (!State.Running) return settled
  return [
    ...settled,
    { name: `${service}: its processes`, control: 'PID', command: ['docker', 'top', Id, '-eo', 'pid,args'] },
    environmentsOf(container),
  ]
}

/** That of each process in it, but for the one that looks: what the kernel has, not what the engine was told. */
export function environmentsOf({ Id, service, isOurs }: Container): Place {
  const print = isOurs
    ? [
        '/usr/local/bin/node',
        '-e',
        `for (const id of fs.readdirSync('/proc')) if (Number(id) && Number(id) !== process.pid) try { process.stdout.write(fs.readFileSync('/proc/' + id + '/environ')) } catch {}`,
      ]
    : ['sh', '-c', 'for one in /proc/[0-9]*; do [ "$one" = "/proc/$$" ] || cat "$one/environ" 2>/dev/null; done; :']
  return { name: `${service}: their environment`, control: 'PATH=', command: ['docker', 'exec', Id, ...print] }
}

/** What a command prints, as it comes. @throws where it fails. */
export async function* printed([program, ...args]: Place['command']): AsyncGenerator<Buffer> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  yield* child.stdout as AsyncIterable<Buffer>
  const [code] = (await exited) as [number | null]
  if (code !== 0) throw new Error(`${program} ended with ${code}`)
}
