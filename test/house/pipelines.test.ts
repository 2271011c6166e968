import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { providers, readSteps } from '../pipeline/provider-files.ts'
import { runLines } from '../pipeline/run-lines.ts'

const list = readSteps()

describe('each provider', () => {
  for (const [file, readPipeline] of Object.entries(providers)) {
    it(`does the steps of .ci/steps.yaml, and nothing else: ${file}`, () => assert.deepEqual(readPipeline(file), list))

    it(`is told where ${file} differs from them, or is written otherwise`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-provider-'))
      const planted = join(folder, 'pipeline.yml')
      const text = readFileSync(file, 'utf8')
      try {
        writeFileSync(planted, text.replace('make check', 'make check-style'))
        assert.notDeepEqual(readPipeline(planted), list)
        writeFileSync(planted, `${text}\nsomething: else\n`)
        assert.throws(() => readPipeline(planted), /is not written as it must be:[\s\S]*something/)
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
  }
})

describe('the lines of a script', () => {
  it('are run in one shell until one fails', async () => {
    const heard: string[] = []
    const lines = ['export COLOUR=green', 'echo "$COLOUR $CI"', 'false', 'echo never']
    const ran = await runLines(lines, { folder: '.', environment: { CI: 'true' }, hear: (text) => heard.push(text) })
    assert.deepEqual(heard, ['green true'])
    assert.deepEqual(
      ran.map(({ status }) => status),
      [0, 0, 1, undefined],
    )
  })

  // `make pipeline` does what they say, in containers and for long.
  it('are known to make', async () => {
    const { steps, always, environment } = list
    const heard: string[] = []
    const lines = [...steps, ...always].filter((line) => line.startsWith('make '))
    assert.equal(lines.length, steps.length + always.length - 1)
    const ran = await runLines(lines, { folder: '.', environment: { ...environment, MAKEFLAGS: 'n' }, hear: (text) => heard.push(text) })
    assert.deepEqual(
      ran.filter(({ status }) => status !== 0),
      [],
      heard.join('\n'),
    )
    assert.match(
      heard.join('\n'),
      /-f compose-test-ci\.yaml up --detach --wait[\s\S]*node tools\/check\.ts[\s\S]*node .*tools\/test\.ts[\s\S]*down/,
    )
  })
})

it('.ci/run has the steps that need no containers', () => {
  const own = [...readFileSync('.ci/run', 'utf8').matchAll(/^step (\S+)$/gm)].map(([, target]) => `make ${target}`)
  assert.ok(own.length >= 2)
  assert.deepEqual(
    own.filter((line) => !list.steps.includes(line)),
    [],
  )
})

it('what a machine lacks is installed, and a machine that has all is left alone', () => {
  const script = '.bitbucket/dependencies.sh'
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-machine-'))
  const program = (name: string, body = 'echo 24.0.0') => writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
  try {
    for (const name of ['git', 'make', 'npm', 'curl', 'docker']) program(name)
    program('node', 'echo v24.0.0')
    program('apt-get', 'echo "apt-get $*"')
    program('id', 'echo 0')
    for (const name of ['dirname', 'uname', 'cut', 'mkdir']) program(name, `exec /usr/bin/${name} "$@"`)
    const run = () => spawnSync('/bin/sh', [script], { env: { PATH: folder, HOME: folder }, encoding: 'utf8' })
    const { stdout } = run()
    assert.match(stdout, /apt-get update[\s\S]*apt-get install .* shellcheck\n/)
    program('shellcheck')
    assert.doesNotMatch(run().stdout, /apt-get/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
