import assert from 'node:assert/strict'
import { mkdtemp, mkdtempDisposable, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { askDoctor } from '../service/ask-doctor.ts'

const {
  HOLDFAST_TEST_MYSQL_URL: database = '',
  HOLDFAST_TEST_AMQP_URL: broker = '',
  HOLDFAST_TEST_ELASTICSEARCH_URL: elasticsearch = '',
} = process.env

type Expected = readonly [settings: Readonly<Record<string, string>>, says: RegExp]

/** In a folder of its own. */
async function assertTold(expected: readonly Expected[]): Promise<void> {
  for (const [settings, says] of expected) {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'holdfast-doctor-'))
    const told = await askDoctor({ dataDir: folder.path, settings })
    assert.match(told, says)
    assert.doesNotMatch(told, /canary/)
  }
}

/** The first node, otherwise addressed. */
const changed = (urls: string, change: (url: URL) => void): string => {
  const url = new URL(urls.split(',')[0] ?? '')
  change(url)
  return url.href
}

test('the doctor says what is wrong with the database, and that the messages in it wait for that', {
  skip: database === '' && 'no HOLDFAST_TEST_MYSQL_URL',
}, async () => {
  const of = (change: (url: URL) => void) => ({ DATABASE_URL: changed(database, change) })
  const named = (url: URL) => {
    url.pathname = '/holdfast'
  }
  const away = 'mysql://holdfast:canary@127.0.0.1:9/holdfast'
  await assertTold([
    [{}, /WRONG database \d+ migrations are pending: run `holdfast migrate`/],
    [{ DATABASE_URL: away }, /WRONG database .*ECONNREFUSED.*: check the host and the port in DATABASE_URL/],
    [{ DATABASE_URL: away }, /WRONG messages .*: mend the database first/],
    [
      of((url) => {
        named(url)
        url.password = 'canary'
      }),
      /WRONG database .*ER_ACCESS_DENIED_ERROR.*: check the user and the password in DATABASE_URL/,
    ],
    [
      of((url) => {
        url.pathname = `/nobody-made-${crypto.randomUUID()}`
      }),
      /WRONG database .*ER_BAD_DB_ERROR.*: make the database/,
    ],
  ])
})

test('the doctor says what is wrong with the broker', { skip: broker === '' && 'no HOLDFAST_TEST_AMQP_URL' }, async () => {
  const of = (change: (url: URL) => void) => ({ MESSENGER_TRANSPORT_DSN: changed(broker, change) })
  await assertTold([
    [{ MESSENGER_TRANSPORT_DSN: 'amqp://127.0.0.1:9' }, /WRONG broker .*: check MESSENGER_TRANSPORT_DSN.* messages wait/],
    [of((url) => (url.password = 'canary')), /WRONG broker .*: check MESSENGER_TRANSPORT_DSN/],
    [
      of((url) => (url.pathname = '/nobody-made-it')),
      /WRONG broker .*: check MESSENGER_TRANSPORT_DSN, its user, password and virtual host/,
    ],
  ])
})

test('the doctor says what is wrong with the index beside the database', {
  skip: elasticsearch === '' && 'no HOLDFAST_TEST_ELASTICSEARCH_URL',
}, async () => {
  await assertTold([
    [{ SEARCH_URL: `${elasticsearch}/never-${crypto.randomUUID()}` }, /WRONG search .*not filled yet: run `holdfast search reindex`/],
    [{ SEARCH_URL: 'http://holdfast:canary@127.0.0.1:9' }, /WRONG search .*does not answer.*: check SEARCH_URL.* the database is searched/],
  ])
})

test('the doctor says what is wrong with a folder of blobs, or of mails', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-doctor-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'file')
  await writeFile(file, 'no folder')
  await assertTold([
    [{ STORAGE_URL: `file:${file}` }, /WRONG opening [\s\S]*STORAGE_URL names a folder that cannot be made \(EEXIST\): name another/],
    [{ MAILER_DSN: `file:${file}` }, /WRONG opening [\s\S]*MAILER_DSN names a folder that cannot be made \(EEXIST\): name another/],
  ])
})
