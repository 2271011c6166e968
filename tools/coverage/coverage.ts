import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isTestCode } from '../gates/imports/rules.ts'
import { repositoryFiles } from '../gates/repository-files.ts'
import { CoveredFile, type ScriptCoverage } from './covered-lines.ts'

/** Of all lines. Raised when it can be, never lowered. */
const leastPercent = 90
const rooms = ['packages', 'apps', 'test/journey']

/** Which lines of the code its tests have run, in their own processes: what a process runs that a test starts does not count. */
export interface Coverage {
  /** Of the process of a file of tests, which is not counted where this is undefined. */
  environmentOf(test: string): NodeJS.ProcessEnv | undefined
  /** Once that process has ended. */
  collect(test: string): void
  /** Prints it room by room, and keeps it line by line in `reports/coverage.lcov`. What is wrong, where that were all tests and the mark is not reached. */
  report(paths: readonly string[]): readonly string[]
}

export async function openCoverage(): Promise<Coverage> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-coverage-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const sources = await repositoryFiles('packages/*/src/**/*.ts', 'packages/*/src/*.ts', 'apps/media/src/**/*.ts')
  const files = new Map(
    sources.filter((path) => !isTestCode(path)).map((path) => [path, new CoveredFile(readFileSync(path, 'utf8'))] as const),
  )
  const placeOf = (test: string): string => join(folder, test.replaceAll('/', ' '))
  return {
    environmentOf: (test) => {
      if (!rooms.some((room) => test.startsWith(`${room}/`))) return undefined
      // Compiled code that was kept counts less exactly.
      return { ...process.env, NODE_V8_COVERAGE: placeOf(test), NODE_DISABLE_COMPILE_CACHE: '1' }
    },
    collect: (test) => {
      const place = placeOf(test)
      if (!existsSync(place)) return
      for (const dump of readdirSync(place)) addDump(files, join(place, dump))
      rmSync(place, { recursive: true })
    },
    report: (paths) => {
      const percent = tell(files)
      mkdirSync('reports', { recursive: true })
      writeFileSync('reports/coverage.lcov', [...files].map(lcovOf).join(''))
      const isWhole = paths.length === 0 || rooms.every((room) => paths.includes(room))
      return isWhole && percent < leastPercent ? [`the tests have run ${percent.toFixed(1)} % of the lines of the code`] : []
    },
  }
}

type Files = ReadonlyMap<string, CoveredFile>

function addDump(files: Files, path: string): void {
  const { result } = JSON.parse(readFileSync(path, 'utf8')) as { readonly result: readonly (ScriptCoverage & { readonly url: string })[] }
  for (const script of result) {
    if (script.url.startsWith('file:')) files.get(relative(process.cwd(), fileURLToPath(script.url)))?.add(script)
  }
}

function tell(files: Files): number {
  const byRoom = Map.groupBy(files, ([path]) =>
    path
      .split('/')
      .slice(0, path.startsWith('packages/') ? 2 : 4)
      .join('/'),
  )
  console.log()
  for (const [room, its] of [...byRoom].toSorted(([one], [other]) => one.localeCompare(other)))
    console.log(`${percentOf(its).toFixed(1).padStart(6)} %  ${room}`)
  const percent = percentOf([...files])
  console.log(`${percent.toFixed(1).padStart(6)} %  of all lines, at least ${leastPercent} %`)
  return percent
}

function percentOf(some: readonly (readonly [path: string, file: CoveredFile])[]): number {
  const lines = some.flatMap(([, file]) => [...file.lines().values()])
  return (100 * lines.filter(Boolean).length) / Math.max(1, lines.length)
}

function lcovOf([path, file]: readonly [path: string, file: CoveredFile]): string {
  const rows = [...file.lines()].map(([line, isCovered]) => `DA:${line},${isCovered ? 1 : 0}`)
  return ['TN:', `SF:${path}`, ...rows, 'end_of_record', ''].join('\n')
}
