import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createConnection } from 'mysql2/promise'
import { startMariadb } from '../../tools/servers/debian/mariadb.ts'
import { mariadb } from '../../tools/servers/debian/mariadb-server.ts'
import { whyUnavailable } from '../../tools/servers/debian/packages.ts'
import { makeAuthority } from '../service/authority.ts'
import { expectJson } from '../service/client.ts'
import { openHouse } from '../service/house.ts'
import { makeVirtualHost } from '../service/own-virtual-host.ts'
import { runCommand } from '../service/run-command.ts'
import { openTlsFront } from '../service/tls-front.ts'

const [brokerServer = ''] = process.env['HOLDFAST_TEST_AMQP_URL']?.split(',') ?? []
const brokerApi = process.env['HOLDFAST_TEST_RABBITMQ_API_URL'] ?? ''
const skip = whyUnavailable(mariadb) ?? (brokerServer === '' && 'no HOLDFAST_TEST_AMQP_URL')

/** Servers with certificates of an authority that Node does not know. The database's user may not speak in the clear. */
async function openServers(brokerUrl: string, brokerApiUrl: string) {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-tls-'))
  opened.defer(() => rm(folder, { recursive: true }))
  const [ours, another] = [await makeAuthority(folder, 'ours'), await makeAuthority(folder, 'another')]
  const database = opened.use(
    await startMariadb(async (data) => {
      const { key, cert } = await ours.certify('localhost', data)
      return [`--ssl-key=${key}`, `--ssl-cert=${cert}`]
    }),
  )
  await makeUser(database.url)
  const front = opened.use(await openTlsFront(brokerUrl, await ours.certify('localhost', folder)))
  const { pathname, username, password } = new URL(opened.use(await makeVirtualHost(brokerUrl, brokerApiUrl)).url)
  const closing = opened.move()
  return {
    ...{ ours: ours.ca, another: another.ca },
    databaseBy: (host: string, query = '') => `mysql://media:secret@${host}:${new URL(database.url).port}/holdfast${query}`,
    brokerBy: (ca: string) => `amqps://${username}:${password}@localhost:${front.port}${pathname}?cacertfile=${ca}`,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

async function makeUser(url: string): Promise<void> {
  const connection = await createConnection(url)
  await connection.query('CREATE DATABASE holdfast CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')
  await connection.query("CREATE USER media IDENTIFIED BY 'secret' REQUIRE SSL")
  await connection.query('GRANT ALL ON holdfast.* TO media')
  await connection.end()
}

test('database and broker are spoken to by TLS, and only where their certificates are of the authority that is named', {
  skip,
}, async () => {
  await using servers = await openServers(brokerServer, brokerApi)
  const { ours, another, databaseBy, brokerBy } = servers
  const settings = { DATABASE_URL: databaseBy('localhost', `?ssl-ca=${ours}`), MESSENGER_TRANSPORT_DSN: brokerBy(ours) }
  await using house = await openHouse(settings)
  expectJson(await house.administrator.upload('secret.txt', Buffer.from('secret')), 201)
  const doctor = async (own: Readonly<Record<string, string>>) => {
    const { output } = await runCommand({ dataDir: house.dataDir, settings: { ...settings, ...own } }, 'doctor', '--json')
    const findings = JSON.parse(output) as { part: string; ok: boolean; detail: string }[]
    return findings.filter(({ ok }) => !ok).map(({ part, detail }) => `${part}: ${detail}`)
  }
  const trusted = [
    {},
    { DATABASE_URL: databaseBy('127.0.0.1', `?ssl-mode=verify_ca&ssl-ca=${ours}`) },
    { DATABASE_URL: databaseBy('localhost', '?ssl-mode=VERIFY_IDENTITY'), NODE_EXTRA_CA_CERTS: ours },
  ]
  assert.deepEqual(await Promise.all(trusted.map(doctor)), [[], [], []])
  const refused: [Readonly<Record<string, string>>, RegExp][] = [
    [{ DATABASE_URL: databaseBy('localhost', `?ssl-ca=${another}`) }, /^database: .*HANDSHAKE_SSL_ERROR.*certificate/],
    [{ DATABASE_URL: databaseBy('localhost', '?ssl-mode=VERIFY_IDENTITY') }, /^database: .*HANDSHAKE_SSL_ERROR.*certificate/],
    // Another name of the same server, which its certificate does not have.
    [{ DATABASE_URL: databaseBy('127.1', `?ssl-ca=${ours}`) }, /^database: .*HANDSHAKE_SSL_ERROR.*does not match certificate's altnames/],
    [{ DATABASE_URL: databaseBy('localhost') }, /^database: .*ER_ACCESS_DENIED_ERROR/],
    [{ MESSENGER_TRANSPORT_DSN: brokerBy(another) }, /^broker: the broker cannot be reached: .*certificate/],
  ]
  await Promise.all(refused.map(async ([own, expected]) => assert.match((await doctor(own)).join('\n'), expected)))
})
