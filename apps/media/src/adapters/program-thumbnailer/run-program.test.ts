import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { PictureRefused, RenderingFailed } from '../../media/thumbnails/thumbnailer.ts'
import { runProgram } from './run-program.ts'
import { openUnnamed } from './unnamed-file.ts'

const run = (script: string, more: Partial<Parameters<typeof runProgram>[0]> = {}) =>
  runProgram({
    path: '/bin/sh',
    args: ['-c', script],
    maxCpuMs: 1_000,
    maxOutputBytes: 1_000_000,
    signal: new AbortController().signal,
    ...more,
  })

const refused = (refusal: string) => (error: unknown) => error instanceof PictureRefused && error.refusal === refusal

async function* chunks(...texts: string[]) {
  for (const one of texts) yield Buffer.from(one)
}

test('a program gives what it prints, knows nothing of us and may write no file', async (t) => {
  const { output, words } = await run('echo picture; echo words >&2; env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=')
  assert.equal(output.toString(), 'picture\nLC_ALL=C\n')
  assert.equal(words, 'words\n')
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-programs-'))
  t.after(() => rm(folder, { recursive: true }))
  await assert.rejects(run(`echo something > ${folder}/file`), refused('damaged'))
})

test('what takes too much is refused, and what dies is not held against the picture', async () => {
  await assert.rejects(run('while :; do :; done'), refused('too_slow'))
  await assert.rejects(run('while :; do echo 0123456789; done', { maxCpuMs: 20_000 }), refused('too_many_bytes'))
  await assert.rejects(run('echo std::bad_alloc >&2; kill -ABRT $$'), refused('too_much_memory'))
  await assert.rejects(run('kill -SEGV $$'), RenderingFailed)
  await assert.rejects(run('exit 1'), refused('damaged'))
  await assert.rejects(run('exec tail /dev/zero', { maxCpuMs: 20_000 }), refused('too_much_memory'))
})

test('whoever gives up waits no longer, and nothing goes on', async () => {
  const stop = new AbortController()
  const file = await openUnnamed(tmpdir(), 0, [])
  const running = run('sleep 600', { signal: stop.signal, input: file.fd })
  stop.abort(new Error('enough'))
  await assert.rejects(running, /enough/)
  await file.close()
})

test('a file without a name is filled in parts, can be read from anywhere, and leaves nothing behind', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-unnamed-'))
  t.after(() => rm(folder, { recursive: true }))
  const parts = [
    { from: 0, bytes: chunks('head', 'er') },
    { from: 10, bytes: chunks('tail') },
  ]
  await using file = await openUnnamed(folder, 14, parts)
  assert.deepEqual(await readdir(folder), [])
  const { output } = await run('cat /dev/fd/3; tail -c 4 /dev/fd/3', { input: file.fd })
  assert.equal(output.toString(), 'header\0\0\0\0tailtail')
  const breaking = async function* () {
    yield Buffer.from('a')
    throw new Error('the store broke')
  }
  await assert.rejects(openUnnamed(folder, 5, [{ from: 0, bytes: breaking() }]), /the store broke/)
  assert.deepEqual(await readdir(folder), [])
})

test('a program ends with whom it serves, however that ended', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-programs-'))
  t.after(() => rm(folder, { recursive: true }))
  const held = join(folder, 'held')
  await once(spawn('/bin/sh', ['-c', 'mkfifo "$0"', held]), 'exit')
  const run = { path: '/bin/sh', args: ['-c', `exec 5<>${held}; sleep 600`], maxCpuMs: 1_000, maxOutputBytes: 1_000 }
  const service = `
    import { runProgram } from '${import.meta.resolve('./run-program.ts')}'
    setInterval(() => {}, 1_000)
    await runProgram({ ...${JSON.stringify(run)}, signal: new AbortController().signal })
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', service])
  t.after(() => child.kill('SIGKILL'))
  while (!(await isHeld(held))) await pause(10)
  child.kill('SIGKILL')
  while (await isHeld(held)) await pause(10)
})

/** Whether some process has it open: only then it can be opened to be written without waiting for a reader. */
async function isHeld(fifo: string): Promise<boolean> {
  const opened = await open(fifo, constants.O_WRONLY | constants.O_NONBLOCK).catch(() => undefined)
  await opened?.close()
  return opened !== undefined
}
