import { basename } from 'node:path'
import { runCommand } from '../servers/run-command.ts'

/** The part of `docker inspect` that is asked for. */
interface Inspected {
  readonly Id: string
  readonly Config: {
    readonly Image: string
    readonly User: string
    readonly Env: readonly string[]
    readonly Labels: Readonly<Record<string, string>>
    readonly Healthcheck?: { readonly Test: readonly string[] }
  }
  readonly State: { readonly Running: boolean; readonly ExitCode: number }
  readonly Mounts: readonly { readonly Type: string; readonly Source: string; readonly Destination: string; readonly RW: boolean }[]
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>>
    readonly Networks: Readonly<Record<string, unknown>>
  }
  readonly HostConfig: {
    readonly CapAdd: readonly string[] | null
    readonly CapDrop: readonly string[] | null
    readonly SecurityOpt: readonly string[] | null
    readonly Privileged: boolean
    readonly ReadonlyRootfs: boolean
    readonly Tmpfs?: Readonly<Record<string, string>>
    readonly Memory: number
    readonly NanoCpus: number
    readonly PidsLimit: number | null
    readonly Ulimits: readonly { readonly Name: string }[] | null
    readonly RestartPolicy: { readonly Name: string }
    readonly LogConfig: { readonly Config: Readonly<Record<string, string>> }
    readonly Init?: boolean
  }
}

export interface Container extends Inspected {
  readonly service: string
  /** Whether it runs the image of this repository. */
  readonly isOurs: boolean
  readonly isDev: boolean
  /** The files that are secrets in it, where they are on this machine. */
  readonly secretFiles: readonly string[]
  /** The same, where they are in it. */
  readonly secretPlaces: readonly string[]
}

/** Whether it serves the public: what is published is published by it. */
export const isFront = ({ service }: Container): boolean => service === 'nginx'

/** Whether its image is one of staging or prod: those of dev and test are for work. */
export const isForServing = ({ isOurs, Config }: Container): boolean => isOurs && /APP_ENV=(staging|prod)/.test(Config.Env.join('\n'))

export const docker = (...args: readonly string[]): Promise<string> => runCommand('docker', args)

export async function inspectContainers(ids: readonly string[]): Promise<Container[]> {
  const inspected = JSON.parse(await docker('inspect', ...ids)) as Inspected[]
  return inspected
    .map((one) => ({ ...one, ...derive(one) }))
    .toSorted((one, other) => Number(other.isOurs) - Number(one.isOurs) || one.service.localeCompare(other.service))
}

function derive({ Config: { Env, Labels }, Mounts }: Inspected) {
  const secrets = Mounts.filter(({ Source }) => /\/var\/secrets\//.test(Source) && basename(Source) !== 'tls.crt')
  return {
    service: Labels['com.docker.compose.service'] ?? 'none',
    isOurs: Env.includes('HOLDFAST_INSIDE=1'),
    isDev: Labels['com.docker.compose.project'] === 'holdfast',
    secretFiles: secrets.map(({ Source }) => Source),
    secretPlaces: secrets.map(({ Destination }) => Destination),
  }
}

/** What the first process is allowed, as the kernel has it. */
export async function statusOf({ Id, isOurs }: Container): Promise<string> {
  const readStatus = isOurs ? ['/usr/local/bin/node', '-p', "fs.readFileSync('/proc/1/status', 'utf8')"] : ['cat', '/proc/1/status']
  return docker('exec', Id, ...readStatus)
}
