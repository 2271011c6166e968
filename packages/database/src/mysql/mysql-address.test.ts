import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMysqlUrl } from './mysql-address.ts'

const address = 'mysql://app:p%40ss@one/media'
const here = import.meta.filename

test('an address says how the server is verified, by the names of MySQL', () => {
  const { tls, ...login } = parseMysqlUrl(address)
  assert.deepEqual(login, { host: 'one', port: 3306, user: 'app', password: 'p@ss', database: 'media' })
  assert.equal(tls, undefined)
  const verified = (query: string, url = address) => parseMysqlUrl(`${url}?${query}`).tls
  assert.deepEqual(verified('ssl-mode=verify_identity'), { verifyIdentity: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' })
  assert.equal(verified(`ssl-ca=${here}`)?.verifyIdentity, true)
  assert.match(verified(`ssl-ca=${here}`)?.ca ?? '', /^import/)
  assert.equal(verified(`ssl-ca=${here}&ssl-mode=VERIFY_CA`, 'mysql://app:x@[::1]:3307/media')?.verifyIdentity, false)
})

test('what is wrong with an address is told without any of it', () => {
  for (const wrong of [
    'canary',
    'mysql://canary@one/a/b',
    `${address}?canary=1`,
    `${address}?ssl-mode=REQUIRED`,
    `${address}?ssl-ca=/nowhere/canary`,
    'mysql://canary:x@127.0.0.1/media?ssl-mode=VERIFY_IDENTITY',
  ]) {
    assert.throws(
      () => parseMysqlUrl(wrong),
      (error: unknown) => error instanceof Error && !/canary|p@ss/.test(error.message),
      wrong,
    )
  }
})
