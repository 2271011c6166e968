import { existsSync, globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { type Reference, readSource, type Source } from './source.ts'

/** An import of a file, and where it leads. */
export interface Import extends Reference {
  readonly file: string
  /** The file of ours it leads to, if it does. */
  readonly target: string | undefined
  /** The npm package it names, if it is not ours. */
  readonly package: string | undefined
}

export interface ImportGraph {
  readonly imports: readonly Import[]
  readonly environmentReads: readonly { readonly file: string; readonly line: number }[]
  readonly problems: readonly string[]
}

/** Reads every import of `files` (relative to the working directory). An import that leads nowhere is a problem. */
export function readGraph(files: readonly string[]): ImportGraph {
  const entries = readPackageEntries()
  const sources = files.map((file): [string, Source] => [file, readSource(file)])
  const imports = sources.flatMap(([file, { references }]) =>
    references.map((reference) => ({ ...reference, file, ...follow(file, reference.specifier, entries) })),
  )
  const lost = imports.filter(({ target }) => target !== undefined && !existsSync(target))
  return {
    imports,
    environmentReads: sources.flatMap(([file, { environmentReads }]) => environmentReads.map((line) => ({ file, line }))),
    problems: [
      ...sources.flatMap(([, { problems }]) => problems),
      ...lost.map(({ file, line, specifier }) => `${file}:${line} imports ${specifier}, which is not there`),
    ],
  }
}

/** What the name of each entry of our own packages, such as `@holdfast/messenger/sql`, leads to. */
function readPackageEntries(): Map<string, string> {
  const entries = globSync(['packages/*/package.json', 'apps/*/package.json']).flatMap((path) => {
    const { name, exports = {} } = JSON.parse(readFileSync(path, 'utf8')) as { name: string; exports?: Record<string, string> }
    return Object.entries(exports).map(([subpath, file]): [string, string] => [join(name, subpath), join(dirname(path), file)])
  })
  return new Map(entries)
}

function follow(file: string, specifier: string, entries: ReadonlyMap<string, string>): Pick<Import, 'target' | 'package'> {
  if (specifier.startsWith('.')) return { target: join(dirname(file), specifier), package: undefined }
  if (isBuiltin(specifier)) return { target: undefined, package: undefined }
  const ours = entries.get(specifier)
  if (ours !== undefined) return { target: ours, package: undefined }
  const [scope = '', name = ''] = specifier.split('/')
  return { target: undefined, package: scope.startsWith('@') ? `${scope}/${name}` : scope }
}

/** The circles of files that import one another, types included, each told once, from its first file round. */
export function findCycles(imports: readonly Import[]): string[][] {
  const targets = Map.groupBy(imports, ({ file }) => file)
  const state = new Map<string, 'open' | 'done'>()
  const path: string[] = []
  const cycles: string[][] = []
  const visit = (file: string): void => {
    if (state.get(file) === 'open') cycles.push([...path.slice(path.indexOf(file)), file])
    if (state.has(file)) return
    state.set(file, 'open')
    path.push(file)
    for (const { target } of targets.get(file) ?? []) if (target !== undefined) visit(target)
    path.pop()
    state.set(file, 'done')
  }
  for (const file of targets.keys()) visit(file)
  return cycles
}
