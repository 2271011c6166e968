import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLogger } from './log.ts'
import { createLogFiles, type LogFilesOptions } from './log-files.ts'

function folderOf(t: { after(work: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-log-files-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

const started = Date.parse('2030-01-31T12:34:56Z')
const keeping = (folder: string, more: Partial<LogFilesOptions> = {}): LogFilesOptions => ({
  ...{ folder, name: 'media', maxAgeMs: 3_600_000, maxBytes: 2 ** 20 },
  ...more,
})
const linesIn = (folder: string) =>
  readdirSync(folder)
    .toSorted()
    .map((file) => [file.replace(/^media\..*\.[0-9a-f]{8}\./, ''), readFileSync(join(folder, file), 'utf8')])

test('lines are appended to a file, another one every ten minutes and where one has grown large', (t) => {
  const folder = folderOf(t)
  let now = started
  const files = createLogFiles(keeping(folder, { now: () => now, maxAgeMs: Number.POSITIVE_INFINITY, maxBytes: 32 * 8 }))
  for (const line of ['first\n', 'second\n', 'third\n']) files.write(line)
  now += 6 * 60_000
  files.write('fourth\n')
  assert.deepEqual(linesIn(folder), [
    ['2030-01-31T12-3.0.log', 'first\nsecond\n'],
    ['2030-01-31T12-3.1.log', 'third\n'],
    ['2030-01-31T12-4.2.log', 'fourth\n'],
  ])
})

test('each process has files of its own', (t) => {
  const folder = folderOf(t)
  for (const line of ['one\n', 'two\n']) createLogFiles(keeping(folder)).write(line)
  assert.deepEqual(
    linesIn(folder)
      .map(([, text]) => String(text))
      .toSorted(),
    ['one\n', 'two\n'],
  )
})

test('what is old is removed, whoever wrote it, and the oldest where there is too much; other files are left alone', (t) => {
  const folder = folderOf(t)
  const make = (name: string, bytes: number, ageSeconds: number) => {
    appendFileSync(join(folder, name), 'x'.repeat(bytes))
    utimesSync(join(folder, name), new Date(), new Date(Date.now() - ageSeconds * 1000))
  }
  make('front.old.log', 1, 3_700)
  make('front.large.log', 60, 300)
  make('front.newer.log', 50, 200)
  make('notes.txt', 1_000, 9_999)
  createLogFiles(keeping(folder, { maxBytes: 100 })).write('line\n')
  assert.deepEqual(
    readdirSync(folder)
      .filter((name) => !name.startsWith('media.'))
      .toSorted(),
    ['front.newer.log', 'notes.txt'],
  )
})

test('a folder that is lost keeps nobody from going on, and is written to when it is back', (t) => {
  const folder = join(folderOf(t), 'logs')
  const files = createLogFiles(keeping(folder))
  rmSync(folder, { recursive: true })
  files.write('lost\n')
  createLogFiles(keeping(folder))
  files.write('kept\n')
  assert.deepEqual(
    linesIn(folder).map(([, text]) => text?.trim()),
    ['kept'],
  )
  assert.throws(() => createLogFiles(keeping(join(folder, 'one', 'another'))), /ENOENT/)
})

test('a logger gives its copy the JSON that it shows people in another form, with the same secrets cut out', () => {
  const [shown, copied]: [string[], string[]] = [[], []]
  const log = createLogger({
    ...{ service: 'media', env: 'dev', version: '1.2.3', form: 'readable' },
    destination: { write: (line) => shown.push(line) },
    copy: { write: (line) => copied.push(line) },
  })
  log.info({ authorization: 'Bearer abcdefghijkl' }, 'hello')
  assert.match(shown.join(''), /INFO +hello/)
  assert.equal(JSON.parse(copied.join('')).message, 'hello')
  assert.doesNotMatch(shown.concat(copied).join(''), /abcdefghijkl/)
})
