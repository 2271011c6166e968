import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { nodeOptions } from '../service/holdfast-process.ts'

test('make alone tells every target and what it does', () => {
  const { stdout } = spawnSync('make', [], { encoding: 'utf8' })
  const targets = [...readFileSync('Makefile', 'utf8').matchAll(/^([a-z][a-z%-]*):/gm)].map(([, target]) => target)
  assert.deepEqual(
    [...stdout.matchAll(/^ {2}(\S+) +\S/gm)].map(([, target]) => target),
    targets,
  )
})

test('make and the image start the service with what its own first line gives Node', () => {
  assert.ok(nodeOptions.length > 0)
  assert.match(readFileSync('Makefile', 'utf8'), new RegExp(`^holdfast := .*node\\) ${nodeOptions.join(' ')} apps`, 'm'))
  const [, entry = ''] = /^ENTRYPOINT (.+)$/m.exec(readFileSync('Dockerfile', 'utf8')) ?? []
  assert.deepEqual((JSON.parse(entry) as string[]).slice(1, -1), nodeOptions)
})

test('inside a container the command line of the service is right there, and what drives containers says where it belongs', () => {
  const inside = (...args: string[]) => spawnSync('make', args, { encoding: 'utf8', env: { ...process.env, HOLDFAST_INSIDE: '1' } })
  assert.equal(inside('--dry-run', 'in-stack-doctor').stdout.trim(), 'node apps/media/src/main/cli.ts doctor')
  for (const target of ['start', 'status', 'logs-app', 'info', 'smoke', 'harden', 'backup']) {
    const { status, stderr } = inside(target)
    assert.notEqual(status, 0, target)
    assert.match(stderr, /run it on their host/, target)
  }
})

for (const [signal, whom] of [
  ['SIGTERM', 'make alone'],
  ['SIGINT', 'make and what it started, as Ctrl-C does'],
] as const) {
  test(`make run ends cleanly on ${signal} to ${whom}`, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-make-'))
    // A process group of its own, as a shell gives each job.
    const make = spawn('make', ['run', 'PORT=0', `DATA_DIR=${dataDir}`], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      let printed = ''
      for await (const chunk of make.stdout) {
        const text = String(chunk)
        if (/\bready\b/.test(text) && !/\bready\b/.test(printed))
          process.kill(signal === 'SIGTERM' ? (make.pid ?? 0) : -(make.pid ?? 0), signal)
        printed += text
      }
      // Its output has ended, so nobody holds it any more: the service is gone, and had time to say that it stops.
      assert.match(printed, /stopping/)
      assert.match(printed, /the worker stops/)
    } finally {
      if (make.exitCode === null && make.signalCode === null) await once(make, 'exit')
      await rm(dataDir, { recursive: true })
    }
  })
}
