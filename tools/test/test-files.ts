import { globSync } from 'node:fs'

/** The test files under `paths` (all when none is named), relative to the working directory, in order. */
export function findTestFiles(paths: readonly string[]): string[] {
  const roots = paths.length === 0 ? ['packages', 'apps', 'test', 'tools', 'bench'] : paths
  const patterns = roots.map((path) => (path.endsWith('.test.ts') ? path : `${path.replace(/\/$/, '')}/**/*.test.ts`))
  return globSync(patterns, { exclude: (path) => /(^|\/)node_modules$/.test(path) }).sort()
}

/**
 * So that the run ends evenly: first the whole house's own tests, which start processes and take longest, those without a server while the servers
 * start; then what else needs a server; the many short ones last.
 */
export function inOrder(files: readonly string[], needsServer: (file: string) => boolean): string[] {
  const rank = (file: string): number => {
    if (needsServer(file)) return 1
    return file.startsWith('test/') ? 0 : 2
  }
  return files.toSorted((a, b) => rank(a) - rank(b))
}

/** The room a test file stands in: a package, a folder of an app's `src`, a folder of `test`. */
export function roomOf(file: string): string {
  const [top = '', second = '', ...rest] = file.split('/')
  if (top === 'apps') return [top, second, ...rest.slice(0, -1).slice(0, 2)].join('/')
  return second.endsWith('.test.ts') ? top : `${top}/${second}`
}

/** The packages and apps without a single test file: a suite that went missing shows here. */
export function untestedWorkspaces(files: readonly string[]): string[] {
  return globSync(['packages/*/package.json', 'apps/*/package.json'])
    .map((path) => path.slice(0, -'/package.json'.length))
    .filter((workspace) => !files.some((file) => file.startsWith(`${workspace}/`)))
    .sort()
}
