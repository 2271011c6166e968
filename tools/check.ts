/**
 * Runs the gates: `node tools/check.ts [--only name]… [--reports folder]`. All run, even when one fails; a gate that saw no file has failed. One
 * that needs what is not here is told apart: it is skipped; in CI it has failed, but for one whose server of strangers may be away, and in
 * `--strict` that one too. Ends with `N passed, N failed, N skipped`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { audit } from './gates/audit.ts'
import { containers } from './gates/containers.ts'
import { copies } from './gates/copies.ts'
import { documents } from './gates/documents.ts'
import { front } from './gates/front.ts'
import type { Gate } from './gates/gate.ts'
import { imports } from './gates/imports/imports.ts'
import { licences } from './gates/licences.ts'
import { manifests } from './gates/manifests.ts'
import { mutation } from './gates/mutation.ts'
import { openapi } from './gates/openapi.ts'
import { promises } from './gates/promises.ts'
import { secrets } from './gates/secrets.ts'
import { shell } from './gates/shell.ts'
import { style } from './gates/style.ts'
import { text } from './gates/text.ts'
import { types } from './gates/types.ts'
import { unused } from './gates/unused.ts'
import { yaml } from './gates/yaml.ts'
import { type Case, junitOf } from './reports/junit.ts'
import { type Rule, sarifOf } from './reports/sarif.ts'

const gates: readonly Gate[] = [
  ...[style, text, types, promises, imports, unused, copies, secrets, manifests, documents],
  ...[shell, yaml, containers, front, openapi, mutation, licences, audit],
]

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, reports: { type: 'string' }, strict: { type: 'boolean', default: false } },
})
const chosen = gates.filter(({ name }) => values.only?.includes(name) ?? true)
const unknown = values.only?.filter((name) => !gates.some((gate) => gate.name === name)) ?? []
if (unknown.length > 0) {
  console.error(`No gate is called ${unknown.join(', ')}. There are: ${gates.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

interface Result extends Rule {
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly files: number
  readonly seconds: number
}

const results: Result[] = []
for (const gate of chosen) {
  const result = await run(gate)
  results.push(result)
  for (const problem of result.problems) console.log(`${result.outcome === 'failed' ? '✗' : '?'} ${gate.name}: ${problem}`)
}
for (const result of results) console.log(rowOf(result))
if (values.reports !== undefined) report(values.reports)
const count = (outcome: Result['outcome']) => results.filter((result) => result.outcome === outcome).length
process.exitCode = count('failed') > 0 ? 1 : 0
console.log(`\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`)

async function run({ name: id, holds, check, mayBeAway }: Gate): Promise<Result> {
  const startedAt = performance.now()
  const finding = await check().catch((error: unknown) => ({ files: 0, problems: [`it could not run: ${String(error)}`] }))
  const { files, problems } = finding
  const unreached = 'unreached' in finding && problems.length === 0 ? finding.unreached : undefined
  const told = { id, holds, files, seconds: (performance.now() - startedAt) / 1_000 }
  const isWanted = values.strict || (process.env['CI'] !== undefined && !mayBeAway)
  if (unreached !== undefined) return { ...told, problems: [unreached], outcome: isWanted ? 'failed' : 'skipped' }
  const all = files === 0 ? [...problems, 'it saw no file'] : problems
  return { ...told, problems: all, outcome: all.length > 0 ? 'failed' : 'passed' }
}

function rowOf({ id, outcome, files, seconds, holds }: Result): string {
  const mark = { passed: '✓', failed: '✗', skipped: '?' }[outcome]
  return `${mark} ${id.padEnd(10)}${`${files} files`.padStart(10)} ${seconds.toFixed(1).padStart(6)} s  ${holds}`
}

function report(folder: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/gates.xml`, junitOf('gates', results.map(caseOf)))
  writeFileSync(`${folder}/gates.sarif`, sarifOf(results.filter(({ outcome }) => outcome !== 'skipped')))
}

function caseOf({ id, holds, outcome, seconds, problems }: Result): Case {
  const why = problems.join('\n')
  return {
    group: 'gates',
    name: `${id}: ${holds}`,
    seconds,
    ...(outcome === 'failed' && { failure: why }),
    ...(outcome === 'skipped' && { skipped: why }),
  }
}
