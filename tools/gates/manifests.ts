import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Gate } from './gate.ts'
import { repositoryFiles } from './repository-files.ts'

export const manifests: Gate = {
  name: 'manifests',
  holds: 'each package.json sorted, exact and whole; each lockfile whole, in step with them and free of registry hosts',
  async check() {
    const files = await repositoryFiles('package.json', '**/package.json')
    const locks = await repositoryFiles('package-lock.json', '**/package-lock.json')
    const problems = [
      ...(await Promise.all(files.map(async (path) => problemsOfManifest(path, await readJson<Manifest>(path))))),
      ...(await Promise.all(locks.map(async (path) => problemsOfLock(path, await readJson<Lock>(path))))),
    ]
    return { files: files.length + locks.length, problems: problems.flat() }
  },
}

type Dependencies = Record<string, string>

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly private?: boolean
  readonly description?: string
  readonly license?: string
  readonly engines?: { readonly node?: string }
  readonly bin?: Record<string, string>
  readonly exports?: Record<string, string>
  readonly dependencies?: Dependencies
  readonly peerDependencies?: Dependencies
  readonly optionalDependencies?: Dependencies
  readonly devDependencies?: Dependencies
}

interface Lock {
  readonly packages: Record<string, Manifest & { readonly resolved?: string; readonly link?: boolean }>
}

const order = [
  ...['name', 'version', 'private', 'description', 'keywords', 'repository', 'license', 'type', 'engines', 'os', 'cpu'],
  ...['sideEffects', 'bin', 'imports', 'exports', 'files', 'workspaces', 'scripts', 'publishConfig'],
  ...['dependencies', 'peerDependencies', 'peerDependenciesMeta', 'optionalDependencies', 'devDependencies', 'overrides'],
]
const exactLists = ['dependencies', 'optionalDependencies', 'devDependencies'] as const
const sortedLists = [...exactLists, 'peerDependencies'] as const

function problemsOfManifest(path: string, manifest: Manifest): string[] {
  const keys = Object.keys(manifest)
  const inOrder = order.filter((key) => keys.includes(key))
  const unknown = keys.filter((key) => !order.includes(key))
  const targets = [...Object.values(manifest.bin ?? {}), ...Object.values(manifest.exports ?? {})]
  const rules: [broken: boolean, message: string][] = [
    [unknown.length > 0, `has keys that nobody placed: ${unknown.join(', ')}`],
    [unknown.length === 0 && !isDeepStrictEqual(keys, inOrder), `wants its keys in this order: ${inOrder.join(', ')}`],
    [manifest.name === undefined, 'has no name'],
    [!/^\d+\.\d+\.\d+$/.test(manifest.version ?? ''), 'has no version'],
    [manifest.license !== 'MIT', 'has not the license of the house (MIT)'],
    [!manifest.private && (manifest.description ?? '') === '', 'can be published and has no description'],
    ...sortedLists.map((list): [boolean, string] => [!isSorted(Object.keys(manifest[list] ?? {})), `${list} are not sorted`]),
    ...exactLists.flatMap((list) => inexact(manifest[list] ?? {})),
    ...targets.map((target): [boolean, string] => [!existsSync(join(dirname(path), target)), `names ${target}, which is not there`]),
  ]
  return rules.filter(([broken]) => broken).map(([, message]) => `${path} ${message}`)
}

function inexact(dependencies: Dependencies): [boolean, string][] {
  return Object.entries(dependencies).map(([name, version]) => [
    !/^\d+\.\d+\.\d+/.test(version),
    `has no exact version of ${name}: ${version}`,
  ])
}

async function problemsOfLock(path: string, { packages }: Lock): Promise<string[]> {
  const hosts = Object.entries(packages).filter(([, { resolved }]) => resolved?.includes('://'))
  const ours = Object.entries(packages).filter(([folder, { link }]) => !folder.includes('node_modules/') && !link)
  const stale = await Promise.all(
    ours.map(async ([folder, locked]) => {
      const manifestPath = join(dirname(path), folder, 'package.json')
      if (!existsSync(manifestPath)) return [`${path} locks ${folder}, which is not there`]
      const manifest = await readJson<Manifest>(manifestPath)
      const same = sortedLists.every((list) => isDeepStrictEqual(manifest[list] ?? {}, locked[list] ?? {}))
      return same ? [] : [`${path} is out of step with ${manifestPath}: run npm install`]
    }),
  )
  return [
    ...hosts.map(([name]) => `${path} names a registry host for ${name}`),
    ...missingOptionals(packages).map((missing) => `${path} ${missing}, so npm ci refuses it`),
    ...stale.flat(),
  ]
}

/** npm leaves out of the lockfile what it could not fetch for another platform; then `npm ci` fails, here and there. */
function missingOptionals(packages: Lock['packages']): string[] {
  return Object.entries(packages).flatMap(([folder, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => packages[`${folder}/node_modules/${name}`] === undefined && packages[`node_modules/${name}`] === undefined)
      .map((name) => `has not locked ${name}, which ${folder} wants on some platform`),
  )
}

function isSorted(names: readonly string[]): boolean {
  return isDeepStrictEqual([...names].sort(), names)
}

async function readJson<Shape>(path: string): Promise<Shape> {
  return JSON.parse(await readFile(path, 'utf8')) as Shape
}
