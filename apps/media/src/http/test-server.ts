import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { TestContext } from 'node:test'
import { chosenEngine } from '@holdfast/database/testing'
import type { InjectOptions } from 'fastify'
import { pino } from 'pino'
import { createTenant } from '../accounts/create-tenant.ts'
import { firstRun } from '../accounts/first-run.ts'
import { createPasswordHashing } from '../accounts/password-hashing.ts'
import { openHoldfast } from '../main/app.ts'
import { parseConfig } from '../main/config.ts'
import { allMigrations } from '../main/migrations.ts'
import { reconcile } from '../media/reconcile.ts'
import type { App } from './app.ts'
import { createServer, type ServerDeps } from './server.ts'
import { type CheckAnswer, createAnswerCheck } from './test-answers.ts'

/** The server over the real parts, in a folder that is gone after the test. `log` holds the lines it wrote. */
export async function startTestServer(t: TestContext, changes: Partial<ServerDeps> = {}, settings: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-http-'))
  const engine = chosenEngine()
  const place = await engine.make(await allMigrations(engine.dialect))
  const ground = { APP_ENV: 'test', DATA_DIR: folder, DATABASE_URL: place.url, LOG_LEVEL: 'error' }
  const holdfast = await openHoldfast(parseConfig({ ...ground, ...settings }))
  const passwords = createPasswordHashing({ costExponent: 4 })
  const { media, database, messenger, idempotency, accessTokens, keys, clock, metrics, shared } = holdfast
  const { log, lines } = collectLog()
  const app = await createServer({
    ...media,
    clock,
    idempotency,
    passwords,
    accessTokens,
    live: holdfast.live,
    keys,
    metrics,
    messages: messenger,
    database,
    findMessages: (correlationId) => messenger.story(correlationId),
    reconcile: async () =>
      reconcile(media, { nowMs: clock(), reapBeforeMs: clock(), graceMs: 0, minAgeMs: 0, minSightings: 1, maxDeletions: 100 }),
    authenticate: holdfast.authenticate,
    health: {
      started: () => true,
      isStopping: () => false,
      parts: async () => ({ database: { required: true, status: 'up', since: clock() } }),
    },
    pace: { idleTimeoutMs: 30_000, minBytesPerSecond: 1_000 },
    publicUrl: undefined,
    requestLimits: { limiter: shared.limiter, byPrincipal: undefined, byAddress: undefined },
    cache: shared.cache,
    log,
    version: '0.0.0-test',
    ...changes,
  })
  checkAnswers(app)
  t.after(async () => {
    await app.close()
    await holdfast[Symbol.asyncDispose]()
    await place.remove()
    await rm(folder, { recursive: true })
    assertDocumented(app, lines)
  })
  const first = await firstRun({ inTransaction: media.inTransaction, read: database.read, passwords })
  if (first === undefined) throw new Error('the database is not new')
  const addTenant = (email: string) => createTenant({ inTransaction: media.inTransaction, passwords }, { name: 'Another', email })
  return { app, holdfast, first, addTenant, lines, auth: { authorization: `Bearer ${first.apiKey}` } }
}

/** What is injected is answered as documented, or throws. */
function checkAnswers(app: App): void {
  const inject = app.inject.bind(app)
  let check: CheckAnswer | undefined
  const injectAndCheck = async (options: InjectOptions | string) => {
    const answer = await inject(options)
    const { method = 'GET', url = '' } = typeof options === 'string' ? { url: options } : options
    check ??= createAnswerCheck(app.swagger())
    check({
      method,
      url: typeof url === 'string' ? url : url.pathname,
      status: answer.statusCode,
      headers: answer.headers,
      body: answer.rawPayload,
    })
    return answer
  }
  Object.assign(app, { inject: injectAndCheck })
}

/** Whatever a test has made a documented route answer stands in the document. */
function assertDocumented(app: App, lines: readonly Record<string, unknown>[]): void {
  const { paths = {} } = app.swagger()
  for (const { msg, method, route, status, aborted } of lines) {
    const path: object = paths[String(route).replaceAll(/:(\w+)/g, '{$1}')] ?? {}
    const operation: { responses?: object } | undefined = Reflect.get(path, String(method).toLowerCase())
    if (msg !== 'request' || aborted || operation === undefined) continue
    assert.ok(
      String(status) in (operation.responses ?? {}),
      `${String(method)} ${String(route)} answered ${String(status)}, which its document does not list`,
    )
  }
}

/** On a free port, for what `inject` cannot show. */
export async function listen(app: App): Promise<number> {
  return Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
}

function collectLog() {
  const lines: Record<string, unknown>[] = []
  const sink = new PassThrough()
  sink.on('data', (line: Buffer) => lines.push(JSON.parse(line.toString())))
  return { lines, log: pino({}, sink) }
}
