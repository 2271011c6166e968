import { existsSync } from 'node:fs'
import { assertionsIn, digestOf, readTargets, type Target, targetsPath } from '../mutation/targets.ts'
import type { Gate } from './gate.ts'

export const mutation: Gate = {
  name: 'mutation',
  holds: `enough wrong changes of each module at the core are noticed by its tests, as they were tried last (${targetsPath})`,
  async check() {
    if (!existsSync(targetsPath)) return { files: 0, problems: [] }
    const targets = readTargets()
    return { files: targets.length, problems: targets.flatMap(problemsOf) }
  },
}

function problemsOf({ file, tests, leastPercent, percent, digest }: Target): string[] {
  const missing = [file, ...Object.keys(tests)].filter((path) => !existsSync(path))
  if (missing.length > 0) return missing.map((path) => `${targetsPath} names ${path}, which is not there`)
  const again = `: try them again, make mutate ARGS='--only ${file}'`
  const fewer = Object.entries(tests).filter(([test, assertions]) => assertionsIn(test) < assertions)
  return [
    ...(digestOf(file) === digest ? [] : [`${file} is not what it was when its tests were tried${again}`]),
    ...fewer.map(([test]) => `${test} asserts less than when it was tried with ${file}${again}`),
    ...(percent >= leastPercent ? [] : [`${file}: ${percent} % of the changes are noticed, and must be ${leastPercent} %`]),
  ]
}
