import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { Gate } from './gate.ts'
import { repositoryFiles } from './repository-files.ts'

export const containers: Gate = {
  name: 'containers',
  holds: 'Dockerfiles and compose files: exact versions, no root, nothing fetched by URL, no secret, no way out to the machine',
  async check() {
    const dockerfiles = await repositoryFiles('Dockerfile', '*.Dockerfile', '**/Dockerfile', '**/*.Dockerfile')
    const stacks = await repositoryFiles('compose*.yaml', 'docker/services.yaml')
    const problems = await Promise.all([
      ...dockerfiles.map(async (path) => problemsOfDockerfile(path, await readFile(path, 'utf8'))),
      ...stacks.map(async (path) => problemsOfStack(path, parse(await readFile(path, 'utf8'), { merge: true }) as Stack)),
    ])
    return { files: dockerfiles.length + stacks.length, problems: problems.flat() }
  },
}

interface Instruction {
  readonly word: string
  readonly rest: string
  readonly line: number
}

/** The instructions, each as one line, with what is in its here-documents. */
function readInstructions(text: string): Instruction[] {
  const instructions: Instruction[] = []
  const lines = text.split('\n').entries()
  for (const [index, first] of lines) {
    if (/^\s*(#|$)/.test(first)) continue
    let whole = first
    while (whole.endsWith('\\')) whole = `${whole.slice(0, -1)} ${(lines.next().value?.[1] ?? '').trim()}`
    const end = /<<-?\s*['"]?(\w+)/.exec(whole)?.[1]
    for (let inner = end === undefined ? undefined : lines.next().value?.[1]; inner !== undefined && inner.trim() !== end; ) {
      whole += `\n${inner}`
      inner = lines.next().value?.[1]
    }
    const [word = '', ...rest] = whole.trim().split(/\s/)
    instructions.push({ word: word.toUpperCase(), rest: rest.join(' '), line: index + 1 })
  }
  return instructions
}

const secretName = /(password|passwd|secret|token|api_?key|private_?key|credential)/i
const exactVersion = /:(v?\d+\.\d+(\.\d+)?[\w.-]*|[a-z]+-\d{8}[\w.-]*)$|@sha256:[0-9a-f]{64}$/

function problemsOfDockerfile(path: string, text: string): string[] {
  const instructions = readInstructions(text)
  const stages = new Set(instructions.flatMap(({ word, rest }) => (word === 'FROM' ? (/ AS (\S+)$/i.exec(rest)?.[1] ?? []) : [])))
  const rules: readonly ((one: Instruction) => string | undefined)[] = [
    ({ word, rest }) => (word === 'ADD' ? `copies with ADD, which fetches and unpacks: ${rest}` : undefined),
    ({ word, rest }) => (word === 'FROM' ? problemOfBase(rest.split(' ')[0] ?? '', stages) : undefined),
    ({ word, rest }) => (word === 'RUN' ? problemOfRun(rest) : undefined),
    ({ word, rest }) =>
      (word === 'ENV' || word === 'ARG') && secretName.test(rest)
        ? `${word} would keep a secret in the image: ${rest.split('=')[0]}`
        : undefined,
    ({ word, rest }) => (/^(CMD|ENTRYPOINT)$/.test(word) && !rest.startsWith('[') ? `${word} goes through a shell: ${rest}` : undefined),
    ({ word, rest }) => (word === 'WORKDIR' && !rest.startsWith('/') ? `WORKDIR is relative: ${rest}` : undefined),
  ]
  const user = instructions.filter(({ word }) => word === 'USER').at(-1)
  const found = instructions.flatMap((one) => {
    const problems = rules.map((rule) => rule(one)).filter((problem) => problem !== undefined)
    return problems.map((problem) => `${path}:${one.line} ${problem}`)
  })
  if (user === undefined || !/^[1-9]\d*(:[1-9]\d*)?$/.test(user.rest))
    found.push(`${path} does not end as a user with a number, other than root`)
  if (!instructions.some(({ word }) => word === 'HEALTHCHECK')) found.push(`${path} has no HEALTHCHECK`)
  return found
}

function problemOfBase(base: string, stages: ReadonlySet<string>): string | undefined {
  const fallback = /^\$\{\w+:-(.+)\}$/.exec(base)?.[1] ?? base
  if (base === 'scratch' || base === 'holdfast:dev' || stages.has(base) || /^\$\{\w+:-\$\{\w+\}\}$/.test(base)) return undefined
  return exactVersion.test(fallback) ? undefined : `FROM has no exact version: ${base}`
}

function problemOfRun(rest: string): string | undefined {
  if (/\bsudo\b/.test(rest)) return 'RUN uses sudo'
  if (/apt-get\s+(-\S+\s+)*(dist-|full-)?upgrade/.test(rest)) return 'RUN upgrades what the base brings'
  if (/(curl|wget)[^\n|]*\|\s*(ba)?sh\b/.test(rest)) return 'RUN runs what it fetched'
  if (!/apt-get\s+(-\S+\s+)*install/.test(rest)) return undefined
  if (!rest.includes('--no-install-recommends')) return 'RUN installs what is only recommended'
  return rest.includes('rm -rf /var/lib/apt/lists') ? undefined : 'RUN leaves the lists of apt in the image'
}

interface Stack {
  readonly services?: Readonly<Record<string, Service>>
}

interface Service {
  readonly image?: string
  readonly build?: unknown
  readonly environment?: Readonly<Record<string, unknown>>
  readonly ports?: readonly unknown[]
  readonly volumes?: readonly unknown[]
  readonly [key: string]: unknown
}

function problemsOfStack(path: string, { services = {} }: Stack): string[] {
  return Object.entries(services).flatMap(([name, service]) => {
    const { image, build, environment = {}, ports = [], volumes = [] } = service
    const given = Object.entries(environment).filter(([key, value]) => secretName.test(key) && !key.endsWith('_FILE') && isLiteral(value))
    const rules: [broken: boolean, message: string][] = [
      [image !== undefined && build === undefined && !exactVersion.test(image), `has no exact version: ${image}`],
      [service['privileged'] === true, 'is privileged'],
      [['network_mode', 'pid', 'ipc', 'userns_mode'].some((key) => service[key] === 'host'), 'shares something with the machine'],
      [volumes.some((volume) => JSON.stringify(volume).includes('docker.sock')), 'reaches the engine'],
      [ports.some((port) => !/^(127\.0\.0\.1|\[::1\]|\$\{\w+:-127\.0\.0\.1\}):/.test(String(port))), 'publishes a port to everybody'],
      ...given.map(([key]): [boolean, string] => [true, `is given a secret in its environment: ${key}`]),
    ]
    return rules.filter(([broken]) => broken).map(([, message]) => `${path} ${name} ${message}`)
  })
}

const isLiteral = (value: unknown): boolean => typeof value === 'string' && value !== '' && !value.startsWith('$')
