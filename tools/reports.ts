/** Sums up what lies in reports/, on the output and in reports/summary.md: `node tools/reports.ts`. It judges nothing: the steps did. */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { readCounts } from './reports/junit.ts'

const reports = globSync('reports/*.xml').toSorted()
const others = globSync('reports/*.{sarif,json}').toSorted()
const rows = reports.map((path) => {
  const { suite, tests, failures, skipped, seconds } = readCounts(readFileSync(path, 'utf8'))
  return `| ${failures > 0 ? '✗' : '✓'} ${suite} | ${tests - failures - skipped} | ${failures} | ${skipped} | ${seconds.toFixed(1)} s | \`${path}\` |`
})
const summary = [
  '| what | passed | failed | skipped | seconds together | report |',
  '| --- | --- | --- | --- | --- | --- |',
  ...(rows.length > 0 ? rows : ['| nothing was reported | | | | | |']),
  '',
  ...others.map((path) => `Also \`${path}\`.`),
].join('\n')
console.log(summary)
if (existsSync('reports')) writeFileSync('reports/summary.md', `${summary.trimEnd()}\n`)
