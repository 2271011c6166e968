import type { Gate } from '../gate.ts'
import { repositoryFiles } from '../repository-files.ts'
import { findCycles, readGraph } from './graph.ts'
import { environmentReader, rooms } from './rooms.ts'
import { brokenRule, filesWithTwoDrivers, isTestCode, roomOf } from './rules.ts'

export const imports: Gate = {
  name: 'imports',
  holds: 'who may import whom, no cycles, process.env in one file (tools/gates/imports/rooms.ts)',
  async check() {
    const files = await repositoryFiles('packages/**/*.ts', 'apps/**/*.ts')
    const graph = readGraph(files)
    const isHomeless = (file: string): boolean => !isTestCode(file) && roomOf(file, rooms) === undefined
    const problems = [
      ...graph.problems,
      ...files.filter(isHomeless).map((file) => `${file} stands in no room: give it one in tools/gates/imports/rooms.ts`),
      ...graph.imports.flatMap((found) => {
        const broken = brokenRule(found, rooms)
        return broken === undefined ? [] : [`${found.file}:${found.line} ${found.specifier} ${broken}`]
      }),
      ...filesWithTwoDrivers(graph.imports, rooms),
      ...findCycles(graph.imports).map((cycle) => `a circle of imports: ${cycle.join(' → ')}`),
      ...graph.environmentReads
        .filter(({ file }) => file !== environmentReader && !isTestCode(file))
        .map(({ file, line }) => `${file}:${line} reads the environment, which only ${environmentReader} does`),
    ]
    return { files: files.length, problems }
  },
}
