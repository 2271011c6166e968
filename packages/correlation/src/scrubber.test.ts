import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { createScrubber } from './index.ts'
import { createLogger } from './log.ts'

// Each planted secret holds this mark, so that one search tells whether any of it is left.
const mark = 'PLANTED'
const secret = `a${mark}9`
const jwt = `eyJhbGciOiJIUzI1NiJ9.eyJ${mark}.c2ln${mark}`
const sas = `sv=2025-11-05&se=2026-01-01&sr=b&sig=Zm9v${mark}%2Bbar%3D`
const accountKey = `Zm9v${mark}/bar+baz==`
const pem = `-----BEGIN PRIVATE KEY-----\nMIIE${mark}\n${mark}\n-----END PRIVATE KEY-----`

const planted: Readonly<Record<string, readonly (string | object)[]>> = {
  members: [
    { password: secret },
    { newPassword: secret, 'old-password': secret },
    {
      headers: {
        authorization: `Bearer ${secret}`,
        Cookie: `a=${secret}; b=${secret}`,
        'set-cookie': [`a=${secret}`, `b=${secret}`],
        'x-api-key': secret,
      },
    },
    { accessToken: secret, refresh_token: secret, idToken: secret },
    { apiKey: secret, api_key: secret, 'api-key': secret },
    { client_secret: secret, jwtSecret: { nested: secret } },
    { accountKey, connectionString: `AccountName=a;AccountKey=${accountKey}` },
    { credentials: { user: 'a', value: secret } },
    { privateKey: secret, signature: secret, sig: secret },
    { sasKey: secret },
    { passphrase: secret, passwordHash: `$argon2id$${secret}` },
    { deep: [{ deeper: { token: secret } }] },
    { MERCURE_JWT_SECRET: secret, AZURE_BLOB_SAS_TOKEN: sas, JWT_PASSPHRASE: secret },
  ],
  urls: [
    `GET https://account.blob.core.windows.net/c/b?${sas}`,
    `https://user:${secret}@example.test/path`,
    `amqp://guest:${secret}@rabbit:5672/vhost`,
    `mysql://root:p/${secret}@db@db:3306/holdfast`,
    `redis://:${secret}@redis:6379`,
    `https://${secret}@github.test/a`,
    `smtp://a%40b.test:${secret}@mail:25`,
    `/v1/files?token=${secret}&limit=1`,
    `/v1/files?access_token=${secret}#top`,
    `/v1/x?api_key=${secret}&a=b`,
    `/hub?authorization=${jwt}`,
    `/log-in?next=%2Fa%3Fsig%3D${secret}%26b`,
    `/v1/x?X-Amz-Signature=${secret}`,
  ],
  headers: [
    `Authorization: Bearer ${secret}`,
    `authorization: Basic dXNlcjpw${mark}`,
    `Authorization: SharedKey account:${accountKey}`,
    `Authorization: Digest username="a", response="${secret}"`,
    `Cookie: session=${secret}; other=${secret}`,
    `Set-Cookie: session=${secret}; HttpOnly`,
    `X-Api-Key: hf_${secret}`,
    `proxy-authorization: Basic ${secret}==`,
    inspect({ authorization: `Bearer ${secret}`, cookie: `a=${secret}`, accept: '*/*' }),
    inspect({ rawHeaders: ['Authorization', `Bearer ${secret}`, 'X', 'y'] }),
  ],
  text: [
    `the token ${jwt} has expired`,
    `no such key: hf_${secret}`,
    `/reset#hfp_${secret}`,
    `used twice: hfr_${secret}`,
    `password=${secret}`,
    `password: "${secret} with \\" quotes ${secret}"`,
    `login failed {"user":"a","password":"${secret}"}`,
    `nested ${JSON.stringify(JSON.stringify({ password: `x"${secret}` }))}`,
    `twice ${JSON.stringify({ body: JSON.stringify({ apiKey: secret, a: JSON.stringify({ client_secret: secret }) }) })}`,
    `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${accountKey};EndpointSuffix=x`,
    `SharedAccessSignature=${sas}`,
    `key ${pem} read`,
    `APP_SECRET=${secret} APP_ENV=prod`,
    `curl -H 'Authorization: Bearer ${secret}' https://x.test`,
    `bearer ${secret}`,
    inspect({ password: `it's ${secret}` }),
    `--password=${secret} --user=a`,
  ],
}

test('50 planted secrets are in no line, be they members, messages, stacks or causes, and each line stays one JSON object', () => {
  const lines: string[] = []
  const log = createLogger({ service: 's', env: 'test', version: '1', destination: { write: (line: string) => lines.push(line) } })
  const all = Object.values(planted).flat()
  assert.ok(all.length >= 50)
  for (const each of all) {
    if (typeof each === 'object') {
      log.info(each, 'a member')
      log.info({ nested: { list: [each] } })
      log.info(`in a message ${JSON.stringify(each)} and on`)
      log.info(`in a message ${inspect(each, { depth: 5 })} and on`)
    } else {
      log.info(each)
      log.info({ note: each, list: [each] }, 'a value')
      log.error(new Error('outer', { cause: new Error(`inner ${each}`) }))
      log.info({ text: JSON.stringify({ text: each }) })
    }
  }
  assert.equal(lines.length, all.length * 4)
  const leaks = lines.map((line) => line.slice(line.indexOf('"correlation_id"'))).filter((line) => line.includes(mark))
  assert.deepEqual(leaks, [])
  for (const line of lines) assert.equal(JSON.parse(line).service, 's')
})

test('what is no secret stays as it was, byte for byte', () => {
  const { line, text } = createScrubber()
  const harmless = [
    '{"message":"the token has expired","count":3}\n',
    '{"message":"wrong password for a@b.test","path":"/v1/tokens","tokens":null,"passwordless":true}\n',
    '{"url":"https://example.test:8080/a?limit=10&name=x%40y","mail":"a@b.test"}\n',
    '{"message":"basic settings, digest of parts, bearer of news","sha256":"0af7651916cd43dd"}\n',
    '{"signal":"SIGTERM","design":"x","key":"files/a","idempotencyKey":"abc"}\n',
    '{"message":"not JSON within: {\\"a\\":1}"}\n',
  ]
  for (const each of harmless) assert.equal(line(each), each)
  assert.equal(text('signed link=/a?b=c'), 'signed link=/a?b=c')
  const url = (password: string, signature: string) => `https://user:${password}@host/path?sig=${signature}&x=1`
  assert.equal(text(url('geheim1', 'abcdef')), url('[redacted]', '[redacted]'))
})

test('a line that is no JSON is scrubbed as text', () => {
  assert.equal(createScrubber().line('starting with --password=abcdef'), 'starting with --password=[redacted]')
})

test('a secret too short to be told from text is refused', () => {
  assert.throws(() => createScrubber(['abc']), RangeError)
})

test('a hostile text costs no more than its length', () => {
  const { text } = createScrubber()
  for (const part of [
    '://a:',
    'password="\\',
    "token='",
    '\\"',
    'Cookie: ',
    'a_',
    'eyJaaaa.',
    '-----BEGIN A PRIVATE KEY-----',
    'sig= ',
    'authorization,[',
  ]) {
    const times = [20_000, 80_000].map((length) => {
      const long = part.repeat(length / part.length)
      const begun = process.cpuUsage()
      text(long)
      return process.cpuUsage(begun).user
    })
    // Quadratic work would take 16 times as long; the bound leaves room for a busy machine.
    assert.ok((times[1] ?? 0) < 1_500_000, `${JSON.stringify(part)}: ${times.join(' then ')} µs`)
  }
})
