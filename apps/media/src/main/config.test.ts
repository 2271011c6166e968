import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { loadConfig, parseConfig } from './config.ts'
import { ConfigError, type ConfigProblem } from './config-error.ts'
import type { Setting } from './setting.ts'
import { settings } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-config-'))
after(() => rmSync(folder, { recursive: true }))

function problemsOf(environment: Record<string, string>): readonly ConfigProblem[] {
  try {
    parseConfig(environment)
  } catch (error) {
    assert(error instanceof ConfigError)
    return error.problems
  }
  return []
}

test('an empty environment is a working one', () => {
  const config = parseConfig({})
  assert.equal(config.http.port, 3000)
  assert.equal(config.media.purgeDelayMs, 30 * 24 * 3_600_000)
  assert.ok(config.database.engine === 'sqlite')
  assert.match(config.database.path, /var\/holdfast\.db$/)
})

test('every problem is told at once, with a reason and a suggestion, and without any value', () => {
  const environment = {
    PORT: 'canary-1',
    APP_ENV: 'canary-2',
    DATABASE_URL: 'mysql://root:canary-3@db',
    MEDIA_PURGE_DELAY_SECONDS: '-5',
    MEDIA_ACCEPTED_KINDS: 'image,canary-4',
    REDIS_URL: 'http://canary-5',
    HTTP_TRUSTED_PROXIES: '10.0.0.0/8,canary-6',
    MESSENGER_MAX_ATTEMPT: '3',
  }
  const problems = problemsOf(environment)
  assert.deepEqual(problems.map(({ name }) => name).toSorted(), Object.keys(environment).toSorted())
  const told = new ConfigError(problems).message
  assert.doesNotMatch(told, /canary/)
  assert.match(told, /MESSENGER_MAX_ATTEMPT is not a setting: did you mean MESSENGER_MAX_ATTEMPTS\?/)
})

test('a mail server needs a sender, and its address is one', () => {
  const withServer = { MAILER_DSN: 'smtp://user:canary@mail.example:587' }
  assert.deepEqual(
    problemsOf(withServer).map(({ name }) => name),
    ['APP_SENDER_EMAIL'],
  )
  assert.deepEqual(
    problemsOf({ ...withServer, APP_SENDER_EMAIL: 'media@example.org\nBcc: x@y' }).map(({ reason }) => reason),
    ['is no address of a mailbox'],
  )
  for (const address of ['http://mail.example', 'smtp:', 'smtps:///'])
    assert.equal(problemsOf({ MAILER_DSN: address, APP_SENDER_EMAIL: 'a@b.example' }).length, 1)
  assert.match(JSON.stringify(parseConfig({}).mail.to), /var\/mail"/)
})

test('a hub needs its secret, and a secret is long enough to sign with', () => {
  const secret = 'canary-that-is-as-long-as-it-must-be'
  const namesOf = (environment: Record<string, string>) => problemsOf(environment).map(({ name }) => name)
  const hub = { MERCURE_URL: 'https://hub.example/.well-known/mercure' }
  assert.deepEqual(namesOf(hub), ['MERCURE_JWT_SECRET'])
  assert.deepEqual(namesOf({ ...hub, MERCURE_JWT_SECRET: 'canary' }), ['MERCURE_JWT_SECRET'])
  assert.deepEqual(namesOf({ ...hub, MERCURE_JWT_SECRET: secret }), [])
  assert.deepEqual(parseConfig({ ...hub, MERCURE_JWT_SECRET: secret }).live.hub, { url: hub.MERCURE_URL, publicUrl: hub.MERCURE_URL })
  assert.deepEqual(namesOf({ MERCURE_PUBLIC_URL: hub.MERCURE_URL }), ['MERCURE_PUBLIC_URL'])
  for (const url of ['hub.example', 'https://user:canary@hub.example/hub', 'https://hub.example', 'https://hub.example/hub?x'])
    assert.deepEqual(namesOf({ MERCURE_URL: url, MERCURE_JWT_SECRET: secret }), ['MERCURE_URL'], url)
  assert.deepEqual(namesOf({ MERCURE_JWT_SECRETS: secret }), ['MERCURE_JWT_SECRETS'])
  assert.deepEqual(namesOf({ MERCURE_PUBLISHER_JWT_KEY: secret, MERCURE_EXTRA_DIRECTIVES: 'subscriptions' }), [], 'those of a hub')
  const prod = { APP_ENV: 'prod', MERCURE_JWT_SECRET: secret }
  assert.deepEqual(namesOf(prod), ['PUBLIC_URL'])
  assert.deepEqual(namesOf({ ...prod, PUBLIC_URL: 'https://media.example' }), [])
  assert.deepEqual(namesOf({ ...prod, ...hub }), [])
  assert.match(problemsOf({ ...prod, ...hub, MERCURE_JWT_SECRET: '!ChangeThisMercureHubJWTSecretKey!' })[0]?.reason ?? '', /default secret/)
})

test('a secret that takes the place of another stands in the line before it', () => {
  const [next, old] = ['canary-of-tomorrow-that-is-long-enough', 'canary-of-yesterday-that-is-long-enough']
  const keysOf = (text: string) => parseConfig({ MERCURE_JWT_SECRET: text }).live.shared?.keys.map((key) => Buffer.from(key).toString())
  assert.deepEqual(keysOf(`${next}\n${old}`), [next, old])
  const file = join(folder, 'hub-secrets')
  writeFileSync(file, `${next}\r\n${old}\r\n`)
  assert.equal(parseConfig({ MERCURE_JWT_SECRET_FILE: file }).live.shared?.keys.length, 2)
  const wrong = {
    [`${next}\n${old}\n${next}x`]: /more than two/,
    [`${next}\n${next}`]: /same secret twice/,
    [`${next}\ncanary`]: /too short/,
  }
  for (const [text, reason] of Object.entries(wrong)) assert.match(problemsOf({ MERCURE_JWT_SECRET: text })[0]?.reason ?? '', reason)
  const hub = { MERCURE_URL: 'https://hub.example/.well-known/mercure', MERCURE_JWT_SECRET: `${next}\n${old}` }
  assert.match(problemsOf(hub)[0]?.reason ?? '', /is told one/)
  const published = {
    APP_ENV: 'prod',
    PUBLIC_URL: 'https://media.example',
    MERCURE_JWT_SECRET: `${next}\n!ChangeThisMercureHubJWTSecretKey!`,
  }
  assert.match(problemsOf(published)[0]?.reason ?? '', /default secret/)
})

test('a proxy is told of blobs by a path, and only of blobs that it can read', () => {
  assert.equal(parseConfig({ HTTP_ACCEL_PATH: '/.blobs/' }).http.accelPath, '/.blobs/')
  for (const path of ['', 'blobs/', '/blobs', '/', '//', '/a b/', 'http://other/'])
    assert.equal(problemsOf({ HTTP_ACCEL_PATH: path }).length, path === '' ? 0 : 1, path)
  const azure = { STORAGE_URL: 'azure:', AZURE_BLOB_ENDPOINT: 'https://tide.blob.core.windows.net', AZURE_BLOB_CONTAINER: 'media' }
  assert.deepEqual(
    problemsOf({ ...azure, HTTP_ACCEL_PATH: '/.blobs/' }).map(({ name }) => name),
    ['HTTP_ACCEL_PATH'],
  )
})

test('numbers are whole, in range, and nothing but digits', () => {
  for (const text of ['', ' 1', '1e3', '0x10', '1.5', '99999', '-1', 'NaN']) {
    const problems = problemsOf({ PORT: text })
    assert.equal(problems.length, text === '' ? 0 : 1, JSON.stringify(text))
  }
})

test('a secret may come from a file, and only from one place', () => {
  const secret = join(folder, 'database-url')
  writeFileSync(secret, 'sqlite:/data/here.db\n')
  assert.deepEqual(parseConfig({ DATABASE_URL_FILE: secret }).database, { engine: 'sqlite', path: '/data/here.db' })
  assert.match(problemsOf({ DATABASE_URL_FILE: secret, DATABASE_URL: 'sqlite:' })[0]?.reason ?? '', /given twice/)
  assert.match(problemsOf({ DATABASE_URL_FILE: join(folder, 'nothing') })[0]?.reason ?? '', /cannot be read/)
})

test('an address of a kind that nobody speaks is refused with all kinds that are spoken', () => {
  for (const [name, kind] of [
    ['DATABASE_URL', 'mysql:'],
    ['STORAGE_URL', 'azure:'],
    ['MAILER_DSN', 'smtp:'],
  ] as const) {
    const [problem] = problemsOf({ [name]: 'postgres://here/holdfast' })
    assert.ok(problem?.suggestion.includes(kind), name)
  }
})

test('prod refuses a default secret, dev does not ask', () => {
  for (const password of ['', 'changeme', 'ChangeThis', 'secret', 'root', 'guest', '!ChangeThisMercureHubJWTSecretKey!']) {
    const environment = { DATABASE_URL: `sqlite://user:${encodeURIComponent(password)}@host/db` }
    assert.match(problemsOf({ ...environment, APP_ENV: 'prod' })[0]?.reason ?? '', /default secret/, password)
    assert.deepEqual(problemsOf({ ...environment, APP_ENV: 'dev' }), [], password)
  }
  assert.deepEqual(problemsOf({ APP_ENV: 'prod', DATABASE_URL: 'sqlite:/data/holdfast.db' }), [])
  const nodes = ['mysql://app:good-0ne@one/db', 'mysql://app:secret@two/db']
  assert.match(problemsOf({ APP_ENV: 'prod', DATABASE_URL: nodes.join(',') })[0]?.reason ?? '', /default secret/)
})

for (const { name } of Object.values<Setting<unknown>>(settings).filter(({ secret }) => secret)) {
  test(`prod takes no default for ${name}, given or in a file`, () => {
    const file = join(folder, name.toLowerCase())
    writeFileSync(file, 'changeme\n')
    for (const given of [{ [name]: 'changeme' }, { [`${name}_FILE`]: file }]) {
      const problems = problemsOf({ ...given, APP_ENV: 'prod' })
      assert.ok(problems.some((problem) => problem.name === name && /default secret/.test(problem.reason)))
    }
  })
}

test('a percent sign that is none of a code is told with the setting that holds it, in every environment', () => {
  const addresses = {
    DATABASE_URL: 'mysql://app:%s@one/media',
    MESSENGER_TRANSPORT_DSN: 'amqp://app:%s@one/media',
    SEARCH_URL: 'http://app:%s@one:9200',
    REDIS_URL: 'redis://app:%s@one:6379',
    MAILER_DSN: 'smtp://app:%s@one',
  }
  const given = { ...addresses, APP_SENDER_EMAIL: 'a@b.example' }
  for (const environment of [given, { ...given, APP_ENV: 'prod' }]) {
    const told = problemsOf(environment).map(({ name, reason, suggestion }) => [name, /percent/.test(reason), suggestion])
    assert.deepEqual(
      told,
      Object.keys(addresses).map((name) => [name, true, 'write % in a user or a password as %25']),
    )
  }
})

test('a database is a file, or the nodes of a server', () => {
  const urls = ['mysql://app:p%40ss@one:3307/media', 'mysql://app:p%40ss@[::1]/media']
  assert.deepEqual(parseConfig({ DATABASE_URL: urls.join(', ') }).database, { engine: 'mysql', urls })
  for (const url of [
    'mysql:',
    'mysql://one/media',
    'mysql://app:x@one',
    'mysql://app:x@one/media,',
    'mysql://app:x@one/a/b',
    'postgres://a:b@c/d',
  ]) {
    assert.equal(problemsOf({ DATABASE_URL: url }).length, 1, url)
  }
})

test('blobs are in a folder, or in a container that is named whole', () => {
  const azure = { STORAGE_URL: 'azure:', AZURE_BLOB_ENDPOINT: 'https://tide.blob.core.windows.net', AZURE_BLOB_CONTAINER: 'media' }
  assert.deepEqual(problemsOf(azure), [])
  const named = problemsOf({ STORAGE_URL: 'azure:' }).map(({ name }) => name)
  assert.deepEqual(named, ['AZURE_BLOB_ENDPOINT', 'AZURE_BLOB_CONTAINER'])
  const twice = problemsOf({ ...azure, AZURE_BLOB_SAS_TOKEN: 'sv=2025', AZURE_BLOB_ACCOUNT_KEY: 'a2V5' })
  assert.match(twice[0]?.suggestion ?? '', /keep one/)
  for (const container of ['Media', 'me', 'me--dia', '-media'])
    assert.equal(problemsOf({ ...azure, AZURE_BLOB_CONTAINER: container }).length, 1)
  assert.equal(problemsOf({ STORAGE_URL: 's3://media' }).length, 1)
})

test('messages are carried by the database, or by the nodes of a broker', () => {
  assert.deepEqual(parseConfig({}).messages.brokerUrls, [])
  const urls = ['amqp://app:x@one:5673/media', 'amqps://app:x@two']
  assert.deepEqual(parseConfig({ MESSENGER_TRANSPORT_DSN: urls.join(', ') }).messages.brokerUrls, urls)
  for (const dsn of ['amqp:', 'redis://one', 'amqp://one,', 'sql:other'])
    assert.equal(problemsOf({ MESSENGER_TRANSPORT_DSN: dsn }).length, 1, dsn)
})

test('files are read in their order, and the environment is stronger than all of them', () => {
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('.env', 'PORT=1001\nLOG_LEVEL=debug\nHOST=0.0.0.1\nDATA_DIR=/one\nJWT_TTL_SECONDS=1')
  write('.env.local', 'LOG_LEVEL=warn\nHOST=0.0.0.2\nDATA_DIR=/two\nJWT_TTL_SECONDS=2')
  write('.env.test', 'HOST=0.0.0.3\nDATA_DIR=/three\nJWT_TTL_SECONDS=3')
  write('.env.test.local', 'DATA_DIR=/four\nJWT_TTL_SECONDS=4')
  const config = loadConfig(folder, { APP_ENV: 'test', JWT_TTL_SECONDS: '5' })
  assert.deepEqual(
    [config.http.port, config.logLevel, config.http.host, config.dataDir, config.tokens.accessTtlMs],
    [1001, 'warn', '0.0.0.3', '/four', 5000],
  )
})
