/**
 * Runs the gates: `node tools/check.ts [--only name]…`. All run, even when one fails; a gate that saw no file has failed. Ends with
 * `N passed, N failed, N skipped`.
 */
import { parseArgs } from 'node:util'
import { copies } from './gates/copies.ts'
import { documents } from './gates/documents.ts'
import type { Gate } from './gates/gate.ts'
import { imports } from './gates/imports/imports.ts'
import { manifests } from './gates/manifests.ts'
import { promises } from './gates/promises.ts'
import { secrets } from './gates/secrets.ts'
import { style } from './gates/style.ts'
import { text } from './gates/text.ts'
import { types } from './gates/types.ts'
import { unused } from './gates/unused.ts'

const gates: readonly Gate[] = [style, text, types, promises, imports, unused, copies, secrets, manifests, documents]

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } })
const chosen = gates.filter(({ name }) => values.only?.includes(name) ?? true)
const unknown = values.only?.filter((name) => !gates.some((gate) => gate.name === name)) ?? []
if (unknown.length > 0) {
  console.error(`No gate is called ${unknown.join(', ')}. There are: ${gates.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

const rows: string[] = []
let failed = 0
for (const gate of chosen) {
  const { problems, row } = await run(gate)
  rows.push(row)
  if (problems.length > 0) failed += 1
  for (const problem of problems) console.log(`✗ ${gate.name}: ${problem}`)
}
console.log(rows.join('\n'))
process.exitCode = failed > 0 ? 1 : 0
console.log(`\n${chosen.length - failed} passed, ${failed} failed, 0 skipped`)

async function run(gate: Gate): Promise<{ problems: readonly string[]; row: string }> {
  const startedAt = performance.now()
  const { files, problems } = await gate.check().catch((error: unknown) => ({ files: 0, problems: [`it could not run: ${String(error)}`] }))
  const all = files === 0 ? [...problems, 'it saw no file'] : problems
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const [mark, sight] = [all.length > 0 ? '✗' : '✓', `${files} files`]
  return { problems: all, row: `${mark} ${gate.name.padEnd(10)}${sight.padStart(10)} ${seconds.padStart(6)} s  ${gate.holds}` }
}
