import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { findInStream } from '../canaries/find-in-stream.ts'
import { environmentsOf, printed } from '../canaries/places.ts'
import { type Container, docker, isFront, statusOf } from './container.ts'
import { type Row, unless } from './row.ts'
import { secretsOf } from './secret-values.ts'

const isRunning = ({ State }: Container) => State.Running
const isService = ({ service }: Container) => service !== 'migrate'
const line = (status: string, name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1]

/** Networks that lead nowhere but to the other containers on them. */
const innerNetworks = /_(edge|data|logs)$/

/** What confines a container while it runs. */
export const runRows: readonly Row[] = [
  {
    name: 'every capability dropped, none effective',
    check: async (container) => {
      const { CapAdd, CapDrop } = container.HostConfig
      if (!CapDrop?.includes('ALL') || CapAdd?.length) return `found cap_drop ${CapDrop?.join()} cap_add ${CapAdd?.join()}`
      if (!isRunning(container)) return undefined
      const effective = line(await statusOf(container), 'CapEff')
      return unless(Number(effective) === 0, effective)
    },
  },
  {
    name: 'no new privileges, seccomp on',
    check: async (container) => {
      const { SecurityOpt, Privileged } = container.HostConfig
      const isConfined =
        SecurityOpt?.some((option) => option.startsWith('no-new-privileges')) && !SecurityOpt.includes('seccomp=unconfined')
      if (!isConfined || Privileged) return `found ${SecurityOpt?.join()} privileged ${Privileged}`
      if (!isRunning(container)) return undefined
      const status = await statusOf(container)
      const found = ['NoNewPrivs', 'Seccomp'].map((name) => line(status, name)).join()
      return unless(found === '1,2', found)
    },
  },
  {
    name: 'the first process is not root',
    of: isRunning,
    check: async (container) => {
      const user = line(await statusOf(container), 'Uid')
      return unless(user !== '0', user)
    },
  },
  { name: 'read-only root', check: ({ HostConfig }) => unless(HostConfig.ReadonlyRootfs, 'a root that can be written') },
  {
    name: 'what can be written cannot be run: noexec on each tmpfs',
    check: ({ HostConfig }) => {
      const loose = Object.entries(HostConfig.Tmpfs ?? {}).filter(([, options]) => !options.split(',').includes('noexec'))
      return unless(loose.length === 0, loose.join(' '))
    },
  },
  {
    name: 'limits of memory, processor, processes and files',
    check: ({ HostConfig: { Memory, NanoCpus, PidsLimit, Ulimits } }) => {
      const isLimited = Memory > 0 && NanoCpus > 0 && (PidsLimit ?? 0) > 0 && Ulimits?.some(({ Name }) => Name === 'nofile')
      return unless(isLimited === true, JSON.stringify({ Memory, NanoCpus, PidsLimit, Ulimits }))
    },
  },
  {
    name: 'restart on failure',
    of: isService,
    check: ({ HostConfig }) => unless(HostConfig.RestartPolicy.Name === 'on-failure', HostConfig.RestartPolicy.Name),
  },
  { name: 'an init that reaps', check: ({ HostConfig }) => unless(HostConfig.Init === true, HostConfig.Init) },
  {
    name: 'logs rotate',
    check: ({ HostConfig: { LogConfig } }) => unless(Boolean(LogConfig.Config['max-size'] && LogConfig.Config['max-file']), 'no limit'),
  },
  {
    name: 'ports on loopback only',
    of: (container) => !isFront(container),
    check: ({ NetworkSettings }) => {
      const published = Object.entries(NetworkSettings.Ports).flatMap(([port, hosts]) => (hosts ?? []).map((host) => [port, host.HostIp]))
      return unless(
        published.every(([, address]) => address === '127.0.0.1' || address === '::1'),
        published.join(' '),
      )
    },
  },
  {
    name: 'inner networks are internal',
    // In dev the data services are reached from this machine.
    of: ({ isDev }) => !isDev,
    check: async ({ NetworkSettings }) => {
      const inner = Object.keys(NetworkSettings.Networks).filter((name) => innerNetworks.test(name))
      const open = await Promise.all(
        inner.map(async (name) =>
          (await docker('network', 'inspect', '--format', '{{.Internal}}', name)).trim() === 'true' ? [] : [name],
        ),
      )
      return unless(open.flat().length === 0, open.flat().join())
    },
  },
  {
    name: 'secrets are files of mode 0400',
    check: async ({ secretFiles }) => {
      const modes = await Promise.all(secretFiles.map(async (file) => [basename(file), ((await stat(file)).mode & 0o777).toString(8)]))
      const loose = modes.filter(([, mode]) => mode !== '400')
      return unless(loose.length === 0, loose.join(' '))
    },
  },
  {
    name: 'no secret in the environment, the command line, the history of the image or the log',
    check: async (container) => {
      const seen = [JSON.stringify(container.Config), await docker('history', '--no-trunc', container.Config.Image), await logOf(container)]
      const secrets = await secretsOf(container)
      const leaked = secrets.find(({ values }) => values.some((value) => seen.some((text) => text.includes(value))))
      return leaked && `found that of ${leaked.name}`
    },
  },
  {
    name: 'no secret in the environment of its processes',
    of: (container) => isRunning(container) && (container.isOurs || isFront(container)),
    check: async (container) => {
      const { control, command } = environmentsOf(container)
      const secrets = await secretsOf(container)
      const found = await findInStream(printed(command), [control, ...secrets.flatMap(({ values }) => values)])
      if (!found.has(control)) return 'nothing was seen there'
      const leaked = secrets.find(({ values }) => values.some((value) => found.has(value)))
      return leaked && `found that of ${leaked.name}`
    },
  },
  {
    name: 'it ended with 0',
    of: ({ isOurs, State }) => isOurs && !State.Running,
    check: ({ State }) => unless(State.ExitCode === 0, State.ExitCode),
  },
  {
    name: 'nothing was written into the container',
    of: ({ HostConfig }) => HostConfig.ReadonlyRootfs,
    check: async ({ Id, Mounts, HostConfig }) => {
      const places = [
        ...Mounts.map(({ Destination }) => Destination),
        ...Object.keys(HostConfig.Tmpfs ?? {}),
        '/sbin/docker-init',
        '/usr/sbin/docker-init',
      ]
      const changed = (await docker('diff', Id)).trim().split('\n').filter(Boolean)
      // The engine makes what it mounts upon.
      const strange = changed.filter((change) => !places.some((place) => `${place}/`.startsWith(`${change.slice(2)}/`)))
      return unless(strange.length === 0, strange.join(' '))
    },
  },
]

const logOf = ({ Id }: Container) => docker('logs', '--tail', '5000', Id)
