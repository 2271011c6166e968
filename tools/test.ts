/**
 * Runs the tests: `node tools/test.ts [--on cluster] [--timeout-s N] [--reports folder] [--coverage] [path …]`, on a cluster only those that need a
 * server. Prints a line per file, every failure, what could not be reached, and at last `N passed, N failed, N skipped`. In CI a skip that
 * test/allowed-skips.json does not list is a failure. While the first files run, the servers that others read of in their environment are started;
 * they end with the run. A file that has not ended in time has failed, and the others go on. With `--coverage` it tells which lines of the
 * code its tests have run; too few are a failure.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { relative, resolve } from 'node:path'
import { run } from 'node:test'
import type { TestEvent } from 'node:test/reporters'
import { parseArgs } from 'node:util'
import { openCoverage } from './coverage/coverage.ts'
import { junitOf } from './reports/junit.ts'
import { neededVariables } from './servers/needed-variables.ts'
import { provideServers } from './servers/provide-servers.ts'
import { chosenStand, testServers } from './servers/test-servers.ts'
import { readAllowedSkips, unlistedSkips } from './test/allowed-skips.ts'
import { entryFile, type FileResult, type Skip, Tally } from './test/tally.ts'
import { findTestFiles, inOrder, roomOf, untestedWorkspaces } from './test/test-files.ts'

/** One more than cores: many wait for a server, a lease or a process most of their time. */
const filesAtOnce = availableParallelism() + 1
const endWithRunner = new URL('test/end-with-runner.ts', import.meta.url).href

const options = {
  on: { type: 'string' },
  'timeout-s': { type: 'string', default: '600' },
  reports: { type: 'string' },
  coverage: { type: 'boolean', default: false },
} as const
const { values, positionals: paths } = parseArgs({ options, allowPositionals: true })
const fileTimeoutMs = Number(values['timeout-s']) * 1_000
const stand = chosenStand(values.on)
const known = testServers[stand].flatMap(({ variables }) => variables)
const needs = new Map(findTestFiles(paths).map((file) => [file, neededVariables(file, known)]))
const needsServer = (file: string) => needs.get(file)?.length !== 0
const files = [...needs.keys()].filter((file) => stand === 'single' || needsServer(file))
let engines: ReadonlyMap<string, string> = new Map()
const tally = new Tally((file) => relative(process.cwd(), file))
const name = (data: Parameters<typeof entryFile>[0]): string => relative(process.cwd(), entryFile(data))
const output = new Map<string, string[]>()
const coverage = values.coverage ? await openCoverage() : undefined

for (const room of countByRoom(files)) console.log(room)
report(await runWithServers())
// What a file left behind that did not end in time may hold its output open for ever.
process.exit()

/** Why servers are missing that some files need. */
async function runWithServers(): Promise<readonly string[]> {
  const needed = new Set([...needs.values()].flat())
  await using starting = new AsyncDisposableStack()
  const servers = provideServers(testServers[stand].filter(({ variables }) => variables.some((variable) => needed.has(variable))))
  starting.defer(async () => (await servers)[Symbol.asyncDispose]())
  const ready = servers.then(({ addresses, engines: found }) => {
    Object.assign(process.env, addresses)
    engines = found
  })
  await runFiles(inOrder(files, needsServer), async (file) => {
    if (needsServer(file)) await ready
  })
  return (await servers).missing
}

async function runFiles(files: readonly string[], isReady: (file: string) => Promise<void>): Promise<void> {
  const left = files.values()
  const runOneByOne = async () => {
    for (const file of left) {
      await isReady(file)
      await runFile(file)
    }
  }
  await Promise.all(Array.from({ length: filesAtOnce }, runOneByOne))
}

async function runFile(file: string): Promise<void> {
  const signal = AbortSignal.timeout(fileTimeoutMs)
  const env = coverage?.environmentOf(file)
  const events: AsyncIterable<TestEvent> = run({
    files: [resolve(file)],
    signal,
    execArgv: ['--import', endWithRunner],
    ...(env && { env }),
  })
  for await (const event of events) {
    if (event.type === 'test:stdout' || event.type === 'test:stderr') keepOutput(entryFile(event.data), event.data.message)
    if (event.type === 'test:diagnostic' && event.data.file !== undefined) console.log(`  ${name(event.data)}: ${event.data.message}`)
    const finished = tally.add(event)
    if (finished !== undefined) printFile(finished)
  }
  coverage?.collect(file)
}

function keepOutput(file: string, text: string): void {
  const kept = output.get(file) ?? []
  output.set(file, [...kept, text].slice(-50))
}

function printFile({ file, passed, failed, skipped, durationMs }: FileResult): void {
  const counts = [`${passed} passed`, failed > 0 && `${failed} FAILED`, skipped > 0 && `${skipped} skipped`].filter(Boolean).join(', ')
  const on = new Set(needs.get(file)?.map((variable) => engines.get(variable) ?? `no ${variable}`))
  const servers = on.size > 0 ? `, with ${[...on].join(' and ')}` : ''
  console.log(`${failed > 0 ? '✗' : '✓'} ${file}: ${counts} (${(durationMs / 1000).toFixed(1)} s)${servers}`)
}

function countByRoom(found: readonly string[]): string[] {
  const rooms = Map.groupBy(found, roomOf)
  const rows = [...rooms].map(([room, its]) => `  ${room}: ${its.length}`)
  return [`${found.length} test files in ${rooms.size} rooms`, ...rows]
}

function report(missingServers: readonly string[]): void {
  printFailures()
  const missing = files.length === 0 ? ['no test file was found'] : []
  if (paths.length === 0) missing.push(...untestedWorkspaces([...needs.keys()]).map((workspace) => `${workspace} has no test file`))
  const unlisted = unlistedSkips(tally.skips, readAllowedSkips('test/allowed-skips.json'))
  printNotReached(missingServers, unlisted)
  missing.push(...(coverage?.report(paths) ?? []))
  for (const message of missing) console.log(`✗ ${message}`)

  const refused = process.env['CI'] === undefined ? 0 : unlisted.length
  if (values.reports !== undefined) {
    mkdirSync(values.reports, { recursive: true })
    writeFileSync(`${values.reports}/tests.xml`, junitOf('tests', tally.cases))
  }
  const failed = tally.failures.length + missing.length + refused
  process.exitCode = failed > 0 ? 1 : 0
  // Again and last, a line each: a reader of a long log has its end.
  for (const { file, test, error } of tally.failures) console.log(`✗ ${file} › ${test}: ${error.split('\n', 1).join('')}`)
  console.log(`\n${tally.passed} passed, ${failed} failed, ${tally.skips.length - refused} skipped`)
}

function printFailures(): void {
  const problems = tally.failures.map(({ file, test, error }) => `✗ ${file} › ${test}\n${indent(error)}`)
  for (const file of new Set(tally.failures.map((failure) => failure.file))) {
    const kept = output.get(resolve(file))
    if (kept !== undefined) problems.push(`The last output of ${file}:\n${indent(kept.join('').trimEnd())}`)
  }
  if (problems.length > 0) console.log(`\n${problems.join('\n\n')}`)
}

function printNotReached(servers: readonly string[], unlisted: readonly Skip[]): void {
  if (tally.skips.length > 0) console.log('\nNot reached (skipped):')
  for (const skip of tally.skips) {
    console.log(`  ${skip.file} › ${skip.test}: ${skip.reason}${unlisted.includes(skip) ? ' (not in test/allowed-skips.json)' : ''}`)
  }
  if (servers.length > 0) console.log(`\nServers that could not be had:\n${indent(servers.join('\n'))}`)
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
