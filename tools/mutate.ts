/**
 * Tries the tests of a few modules at the core: `node tools/mutate.ts [--only file] [--most N]`. Each gets small wrong changes, one at a time, and
 * whether its tests notice is counted; of many changes only as many as `--most` says, evenly spread. Prints what went unnoticed, and ends with 1
 * where a module falls below its mark. What came of a module that does not is kept for the gate `mutation`, unless `--most` was said.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isNoticed } from './mutation/is-noticed.ts'
import { findMutants, type Mutant } from './mutation/mutants.ts'
import { assertionsIn, digestOf, readTargets, type Target, targetsPath } from './mutation/targets.ts'

const { values } = parseArgs({ options: { only: { type: 'string' }, most: { type: 'string' } } })
const targets = readTargets()
const chosen = targets.filter(({ file }) => values.only === undefined || file.endsWith(values.only))
if (chosen.length === 0) throw new Error(`no module is called ${values.only}: ${targets.map(({ file }) => file).join(', ')}`)

let failed = 0
for (const target of chosen) if (!(await tryTests(target))) failed += 1
console.log(`\n${chosen.length - failed} passed, ${failed} failed, 0 skipped`)
process.exitCode = failed > 0 ? 1 : 0

async function tryTests(target: Target): Promise<boolean> {
  const source = readFileSync(target.file, 'utf8')
  const mutants = spread(findMutants(target.file, source), Number(values.most ?? 25))
  const startedAt = performance.now()
  if (await isNoticed(target, { start: 0, end: 0, text: '' })) {
    console.log(`✗ ${target.file}: its tests fail as it is`)
    return false
  }
  const longestMs = Math.max(30_000, Math.round(10 * (performance.now() - startedAt)))
  const unnoticed: Mutant[] = []
  const left = mutants.values()
  const work = async () => {
    for (const mutant of left) if (!(await isNoticed(target, mutant, longestMs))) unnoticed.push(mutant)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  const percent = Math.floor((100 * (mutants.length - unnoticed.length)) / mutants.length)
  const passed = percent >= target.leastPercent
  console.log(`${passed ? '✓' : '✗'} ${target.file}: ${percent} % of ${mutants.length} changes noticed, at least ${target.leastPercent} %`)
  for (const mutant of unnoticed.toSorted((a, b) => a.start - b.start)) console.log(`    unnoticed: ${tell(source, mutant)}`)
  if (passed && values.most === undefined) keep({ ...target, percent })
  return passed
}

/** Each as it is read anew: several may be tried at once. */
function keep({ file, percent }: Target): void {
  const kept = readTargets().map(({ file: name, ...target }) => {
    if (name !== file) return [name, target]
    const tests = Object.fromEntries(Object.keys(target.tests).map((test) => [test, assertionsIn(test)]))
    return [name, { ...target, percent, digest: digestOf(file), tests }]
  })
  writeFileSync(targetsPath, `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`)
}

function spread(mutants: readonly Mutant[], most: number): Mutant[] {
  const step = Math.max(1, mutants.length / most)
  return mutants.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step))
}

function tell(source: string, { start, end, text }: Mutant): string {
  const line = source.slice(0, start).split('\n').length
  return `line ${line}: ${source.slice(start, end).split('\n')[0]} → ${text.split('\n')[0]}`
}
