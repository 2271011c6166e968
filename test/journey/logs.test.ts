import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createUser, logIn } from '../service/accounts.ts'
import { createClient, expectJson } from '../service/client.ts'
import { type HoldfastProcess, startHoldfast } from '../service/holdfast-process.ts'
import { carriers, formsOf } from './planted-secrets.ts'

/** Each line of both outputs is one JSON object that says which story it belongs to, and no secret is in any. */

interface Line {
  readonly [member: string]: unknown
  readonly correlation_id?: string
  readonly message?: string
}

/** The only line with credentials: made when the database was new, told this once. */
interface FirstRun {
  readonly firstRun: { readonly email: string; readonly password: string; readonly apiKey: string }
}

for (const appEnv of ['test', 'prod'] as const) {
  test(`in ${appEnv} every line is one JSON object with its correlation id, and ${carriers.length} planted secrets are in none`, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-logs-'))
    try {
      const lines: string[] = []
      await using holdfast = await startHoldfast({
        dataDir,
        settings: { APP_ENV: appEnv, LOG_LEVEL: 'trace', MEDIA_PURGE_DELAY_SECONDS: '0' },
        onLine: (line) => lines.push(line),
      })
      const { firstRun } = await firstRunIn(lines)
      const secrets = [...(await sendSecrets(holdfast, firstRun.apiKey)), ...(await liveALittle(holdfast, firstRun))]
      assert.deepEqual(await holdfast.stop(), { code: 0, signal: null })
      const logged = lines.map(parse).filter((line) => !('firstRun' in line))
      assertWhole(logged)
      assertStories(logged)
      assertNone([...secrets, firstRun.password, firstRun.apiKey], logged)
    } finally {
      await rm(dataDir, { recursive: true })
    }
  })
}

async function firstRunIn(lines: readonly string[]): Promise<FirstRun> {
  const line = lines.map(parse).find((one) => 'firstRun' in one)
  assert.ok(line, 'the first run tells its credentials')
  return line as unknown as FirstRun
}

function parse(line: string): Line {
  try {
    const value: unknown = JSON.parse(line)
    assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Line
  } catch (cause) {
    throw new Error(`not one JSON object: ${line}`, { cause })
  }
}

async function sendSecrets({ url }: HoldfastProcess, credential: string): Promise<string[]> {
  const planted: string[] = []
  for (const { where, secret, send } of carriers) {
    const value = secret(`planted${randomBytes(18).toString('hex')}`)
    const reply = await send(url, value, credential).catch((cause: unknown) => {
      throw new Error(`${where} could not be sent`, { cause })
    })
    assert.ok(reply === undefined || reply.status !== 500, `${where}: ${reply?.body}`)
    planted.push(value)
  }
  return planted
}

/** What a service that is used has in its hands: real tokens, real keys, and work in the background. */
async function liveALittle({ url }: HoldfastProcess, { apiKey, email, password }: FirstRun['firstRun']): Promise<string[]> {
  const administrator = createClient(url, apiKey)
  const user = await createUser(url, administrator, 'somebody')
  const tokens = await logIn(url, { email, password })
  const { id } = expectJson<{ id: string }>(await administrator.upload('story.txt', Buffer.from('story')), 201)
  expectJson(await administrator.ask('DELETE', `/v1/files/${id}`, undefined, { 'x-correlation-id': 'story-of-a-deletion' }), 202)
  while ((await administrator.get(`/v1/files/${id}`)).status !== 410);
  return [user.password, user.apiKey, tokens.accessToken, tokens.refreshToken]
}

const levels = new Set(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])

function assertWhole(lines: readonly Line[]): void {
  assert.ok(lines.length > carriers.length, 'there are lines')
  for (const line of lines) {
    const told = JSON.stringify(line)
    assert.ok(levels.has(String(line['level'])) && !Number.isNaN(Date.parse(String(line['time']))), told)
    assert.match(String(line.correlation_id), /^[A-Za-z0-9._~:-]{8,64}$/, told)
    assert.ok(typeof line.message === 'string' && line['service'] === 'holdfast', told)
  }
}

/** A request and what came of it later are found by one id. */
function assertStories(lines: readonly Line[]): void {
  const story = lines.filter((line) => line.correlation_id === 'story-of-a-deletion').map(({ message }) => message)
  assert.ok(story.includes('request') && story.includes('message handled'), `the story is ${story}`)
  const ids = lines.filter(({ message }) => message === 'request').map((line) => line.correlation_id)
  assert.ok(ids.length > carriers.length - 10 && new Set(ids).size >= ids.length - 1, 'each request has an id of its own')
}

function assertNone(secrets: readonly string[], lines: readonly Line[]): void {
  assert.ok(secrets.length >= 50)
  const text = lines.map((line) => JSON.stringify(line)).join('\n')
  const found = secrets.filter((secret) => formsOf(secret).some((form) => text.includes(form)))
  const where = found.map((secret) =>
    lines.map((line) => JSON.stringify(line)).find((line) => formsOf(secret).some((form) => line.includes(form))),
  )
  assert.deepEqual(where, [])
}

test('a secret that was written down is found in any form', () => {
  for (const form of formsOf('planted-secret')) {
    assert.throws(
      () =>
        assertNone(
          Array.from({ length: 50 }, () => 'planted-secret'),
          [{ message: `before ${form} after` }],
        ),
      form,
    )
  }
})
