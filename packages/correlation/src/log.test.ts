import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { createScrubber, runWithCorrelation } from './index.ts'
import { createLogger, type LoggerOptions } from './log.ts'

function logging(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = []
  const destination = { write: (line: string) => lines.push(line) }
  return { lines, log: createLogger({ service: 'media', env: 'test', version: '1.2.3', level: 'trace', destination, ...options }) }
}

const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line))

test('a line is one JSON object with time, level, service, env, version, ids, message and what was added', () => {
  const { lines, log } = logging()
  runWithCorrelation({ correlationId: 'story-one', tenant: 't' }, () => log.warn({ fileId: 'f' }, 'slow\nfile'))
  const { time, ...line } = parsed(lines)[0]
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000)
  assert.deepEqual(line, {
    level: 'warn',
    service: 'media',
    env: 'test',
    version: '1.2.3',
    correlation_id: 'story-one',
    tenant: 't',
    fileId: 'f',
    message: 'slow\nfile',
  })
  assert.equal(lines[0]?.indexOf('\n'), lines[0]?.length && lines[0].length - 1)
})

test("lines outside of any story share the process's, and take nothing from each other", () => {
  const { lines, log } = logging()
  log.info({ first: 1 }, 'one')
  log.info('two')
  const [one, two] = parsed(lines)
  assert.equal(one.correlation_id, two.correlation_id)
  assert.match(one.correlation_id, /^[0-9a-f-]{36}$/)
  assert.equal('first' in two, false)
})

test('of a request, an answer and an error only what is listed is written', () => {
  const { lines, log } = logging()
  const request = {
    method: 'GET',
    url: '/files?sig=abc&name=x',
    headers: { cookie: 'c' },
    body: 'b',
    ip: '::1',
    routeOptions: { url: '/files' },
  }
  const cause = Object.assign(new AggregateError([new RangeError('inner')], 'outer'), { config: { password: 'p' } })
  const error = Object.assign(new TypeError('bad', { cause }), { code: 'E_BAD', kind: 'invalid', requestId: 'r1', request })
  log.error({ req: request, res: { statusCode: 404, headers: {} }, err: error }, 'failed')
  log.error(error)
  const [line, alone] = parsed(lines)
  assert.deepEqual(line.req, { method: 'GET', path: '/files', query: ['sig', 'name'], route: '/files', remoteAddress: '::1' })
  assert.deepEqual(line.res, { status: 404 })
  assert.deepEqual(Object.keys(line.err), ['type', 'message', 'code', 'kind', 'requestId', 'stack', 'cause'])
  assert.deepEqual(Object.keys(line.err.cause), ['type', 'message', 'stack', 'errors'])
  assert.equal(line.err.cause.errors[0].type, 'RangeError')
  assert.deepEqual([alone.err.type, alone.message], ['TypeError', 'bad'])
  const circular = new Error('circular')
  circular.cause = circular
  log.error(circular)
  assert.equal(lines.length, 3)
})

test('the readable form shows the same for people, scrubbed as well', () => {
  const { lines, log } = logging({ form: 'readable' })
  const cause = new Error('password=geheim123')
  runWithCorrelation({ correlationId: 'story-12345678' }, () => log.error({ err: new Error('bad', { cause }), size: 3 }, 'it failed'))
  const shown = lines.join('')
  assert.match(shown, /^\d\d:\d\d:\d\d ERROR it failed size=3 12345678\n {4}Error: bad\n/)
  assert.match(shown, /caused by\n {4}Error: password=\[redacted\]/)
  assert.equal(shown.includes('geheim123'), false)
})

test('without a destination lines are written to standard output before the process can end', () => {
  const program = `
    import { createLogger } from ${JSON.stringify(join(import.meta.dirname, 'log.ts'))}
    createLogger({ service: 's', env: 'prod', version: '1' }).fatal('last words')
    process.kill(process.pid, 'SIGKILL')`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
  assert.equal(JSON.parse(stdout).message, 'last words')
})

test('a secret given by value is in no line, in no usual spelling', () => {
  const secret = 'k"e/y+ =ä\\1'
  const { lines, log } = logging({ scrubber: createScrubber([secret]) })
  const spellings = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('base64url')]
  for (const spelling of spellings) {
    log.info({ nested: [{ plain: `<${spelling}>` }], [`name ${spelling}`]: 1 }, `and here ${spelling}`)
    log.error(new Error(`here ${spelling}`, { cause: new Error(spelling) }))
  }
  assert.equal(lines.length, 8)
  for (const line of lines) for (const spelling of spellings) assert.equal(line.includes(JSON.stringify(spelling).slice(1, -1)), false)
})
