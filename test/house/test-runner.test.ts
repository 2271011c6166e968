import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const runner = fileURLToPath(new URL('../../tools/test.ts', import.meta.url))
const head = "import { describe, it, test } from 'node:test'\n"

/** Runs the runner over these test files of a package, as CI does or as a person does. */
function runTests(
  sources: Readonly<Record<string, string>>,
  { ci = false, allowed = [] as object[], paths = ['packages'], code = '' } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-runner-'))
  try {
    mkdirSync(join(folder, 'packages/a/src'), { recursive: true })
    mkdirSync(join(folder, 'test'))
    writeFileSync(join(folder, 'packages/a/package.json'), '{}')
    writeFileSync(join(folder, 'test/allowed-skips.json'), JSON.stringify(allowed))
    for (const [name, source] of Object.entries(sources)) writeFileSync(join(folder, 'packages/a/src', `${name}.test.ts`), head + source)
    if (code !== '') {
      writeFileSync(join(folder, 'packages/a/src/code.ts'), code)
      spawnSync('git', ['init', '--quiet'], { cwd: folder })
    }
    const { CI: _, NODE_TEST_CONTEXT: __, ...env } = process.env
    const { status, stdout } = spawnSync(process.execPath, [runner, ...paths], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...env, ...(ci && { CI: 'true' }) },
    })
    return { status, stdout, totals: stdout.trimEnd().split('\n').at(-1) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const skipping = { s: "test('far', { skip: 'no server' }, () => {})\ntest('near', () => {})\n" }

test('counts what passed and says how many files each room has', () => {
  const { status, stdout, totals } = runTests({ a: "test('one', () => {})\n", b: "describe('b', () => { it('two', () => {}) })\n" })
  assert.equal(status, 0, stdout)
  assert.match(stdout, /2 test files in 1 rooms\n {2}packages\/a: 2\n/)
  assert.equal(totals, '2 passed, 0 failed, 0 skipped')
})

test('a failing test, a file that breaks and a file without tests fail, each with its reason', () => {
  const { status, stdout, totals } = runTests({
    a: "test('wrong', () => { throw new Error('because') })\n",
    b: "throw new Error('broken')\n",
    c: 'void [describe, it, test]\n',
  })
  assert.equal(status, 1)
  assert.match(stdout, /a\.test\.ts › wrong\n {4}Error: because/)
  assert.match(stdout, /The last output of packages\/a\/src\/b\.test\.ts:[\s\S]*Error: broken/)
  assert.match(stdout, /c\.test\.ts › \(the whole file\)\n {4}no test in this file/)
  assert.equal(totals, '0 passed, 3 failed, 0 skipped')
})

test('a file that does not end has failed, also where a process of its own holds its output, and the others go on', () => {
  const stubborn = "process.on('SIGTERM', () => {}); setTimeout(() => {}, 20_000)"
  const { status, stdout, totals } = runTests(
    {
      a: `import { spawn } from 'node:child_process'
test('soon', () => {})
test('never', async () => {
  spawn(process.execPath, ['--eval', ${JSON.stringify(stubborn)}], { stdio: 'inherit' })
  await new Promise((resolve) => setTimeout(resolve, 20_000))
})
`,
      b: "test('one', () => {})\n",
    },
    { paths: ['packages', '--timeout-s', '15'] },
  )
  assert.equal(status, 1)
  assert.match(stdout, /a\.test\.ts › \(the whole file\)\n {4}did not end in time; still running: never/)
  assert.equal(totals, '2 passed, 1 failed, 0 skipped')
})

test('a skipped test is shown with its reason, and in CI it must be on the list', () => {
  const here = runTests(skipping)
  assert.equal(here.status, 0)
  assert.match(here.stdout, /Not reached \(skipped\):\n {2}packages\/a\/src\/s\.test\.ts › far: no server/)
  assert.equal(here.totals, '1 passed, 0 failed, 1 skipped')

  const unlisted = runTests(skipping, { ci: true })
  assert.deepEqual([unlisted.status, unlisted.totals], [1, '1 passed, 1 failed, 0 skipped'])

  const listed = runTests(skipping, { ci: true, allowed: [{ file: 'packages/a/src/s.test.ts', test: 'far', reason: 'needs a server' }] })
  assert.deepEqual([listed.status, listed.totals], [0, '1 passed, 0 failed, 1 skipped'])
})

test('no test file at all, or none in a package, is a failure', () => {
  const { status, stdout } = runTests({}, { paths: [] })
  assert.equal(status, 1)
  assert.match(stdout, /✗ no test file was found\n✗ packages\/a has no test file\n\n0 passed, 2 failed, 0 skipped\n$/)
})

test('with coverage, too few lines that any test has run are a failure where all tests were', () => {
  const code = 'export const used = (): number => {\n  return 1\n}\nexport const unused = (): number => {\n  return 2\n}\n'
  const sources = { a: "import { used } from './code.ts'\ntest('one', () => void used())\n" }
  const whole = runTests(sources, { paths: ['--coverage', 'packages', 'apps', 'test/journey'], code })
  assert.match(whole.stdout, / 75\.0 % {2}packages\/a\n {2}75\.0 % {2}of all lines, at least 90 %/)
  assert.equal(whole.totals, '1 passed, 1 failed, 0 skipped', whole.stdout)
  assert.equal(runTests(sources, { paths: ['--coverage', 'packages'], code }).totals, '1 passed, 0 failed, 0 skipped')
})
