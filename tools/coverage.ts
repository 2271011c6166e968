/**
 * Runs the tests beside the code, and tells how many lines of each room any of them has run: `node tools/coverage.ts [path …]`. Ends with 1 where a
 * test fails, or where the whole falls below its mark. What a process of its own runs, which a test starts, does not count.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CoveredFile, type ScriptCoverage } from './coverage/covered-lines.ts'
import { isTestCode } from './gates/imports/rules.ts'
import { repositoryFiles } from './gates/repository-files.ts'

/** Of all lines. Raised when it can be, never lowered. */
const leastPercent = 90
const paths = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'holdfast-coverage-'))
const sources = await repositoryFiles('packages/*/src/**/*.ts', 'packages/*/src/*.ts', 'apps/media/src/**/*.ts')
const files = new Map(
  sources.filter((path) => !isTestCode(path)).map((path) => [path, new CoveredFile(readFileSync(path, 'utf8'))] as const),
)

const tests = spawn(process.execPath, ['tools/test.ts', ...(paths.length > 0 ? paths : ['packages', 'apps'])], {
  // Compiled code that was kept counts less exactly.
  env: { ...process.env, NODE_V8_COVERAGE: folder, NODE_DISABLE_COMPILE_CACHE: '1' },
  stdio: 'inherit',
})
const [code] = (await once(tests, 'exit')) as [number | null]
for (const dump of readdirSync(folder)) addDump(join(folder, dump))
rmSync(folder, { recursive: true })

const rooms = Map.groupBy(files, ([path]) =>
  path
    .split('/')
    .slice(0, path.startsWith('packages/') ? 2 : 4)
    .join('/'),
)
for (const [room, its] of [...rooms].toSorted(([one], [other]) => one.localeCompare(other)))
  console.log(`${percentOf(its).toFixed(1).padStart(6)} %  ${room}`)
const percent = percentOf([...files])
console.log(`\n${percent.toFixed(1)} % of all lines, at least ${leastPercent} %`)
mkdirSync('reports', { recursive: true })
writeFileSync('reports/coverage.lcov', [...files].map(lcovOf).join(''))
process.exitCode = code === 0 && (percent >= leastPercent || paths.length > 0) ? 0 : 1

function addDump(path: string): void {
  const { result } = JSON.parse(readFileSync(path, 'utf8')) as { readonly result: readonly (ScriptCoverage & { readonly url: string })[] }
  for (const script of result) {
    if (script.url.startsWith('file:')) files.get(relative(process.cwd(), fileURLToPath(script.url)))?.add(script)
  }
}

function percentOf(some: readonly (readonly [path: string, file: CoveredFile])[]): number {
  const lines = some.flatMap(([, file]) => [...file.lines().values()])
  return (100 * lines.filter(Boolean).length) / Math.max(1, lines.length)
}

function lcovOf([path, file]: readonly [path: string, file: CoveredFile]): string {
  const rows = [...file.lines()].map(([line, isCovered]) => `DA:${line},${isCovered ? 1 : 0}`)
  return ['TN:', `SF:${path}`, ...rows, 'end_of_record', ''].join('\n')
}
