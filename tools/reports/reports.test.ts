import assert from 'node:assert/strict'
import { test } from 'node:test'
import { junitOf, readCounts } from './junit.ts'
import { sarifOf } from './sarif.ts'

test('a report of JUnit counts, and survives what a failure may say', () => {
  const report = junitOf('tests', [
    { group: 'a.test.ts', name: 'holds', seconds: 1.5 },
    { group: 'a.test.ts', name: 'breaks <b> & "c"', seconds: 0.25, failure: 'expected\u0000\u001b[31m <1>\n]]>' },
    { group: 'b.test.ts', name: 'waits', seconds: 0, skipped: 'no server' },
  ])
  assert.deepEqual(readCounts(report), { suite: 'tests', tests: 3, failures: 1, skipped: 1, seconds: 1.75 })
  assert.doesNotMatch(report, /\p{Cc}(?<!\n)|<b>|\]\]>/u)
  assert.match(report, /name="breaks &lt;b&gt; &amp; &quot;c&quot;".*message="expected\uFFFD\uFFFD\[31m &lt;1&gt;"/)
  assert.throws(() => readCounts('<html>'))
})

test('SARIF tells file and line, where a problem does', () => {
  const { runs } = JSON.parse(
    sarifOf([
      { id: 'types', holds: 'types', problems: ['tools/check.ts(3,14): error', 'Makefile: x', 'README.md line 7: y', 'a word. no file'] },
    ]),
  )
  const places = runs[0].results.map(({ locations: [first] }: { locations: { physicalLocation: object }[] }) => first?.physicalLocation)
  assert.deepEqual(places, [
    { artifactLocation: { uri: 'tools/check.ts' }, region: { startLine: 3 } },
    undefined,
    { artifactLocation: { uri: 'README.md' }, region: { startLine: 7 } },
    undefined,
  ])
})
