import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startTestHub } from '../../apps/media/src/http/test-hub-server.ts'

const run = promisify(execFile)
const isThere = (program: string, asked: string) =>
  run(program, [asked]).then(
    () => true,
    () => false,
  )
const haveTools = (await isThere('curl', '--version')) && (await isThere('openssl', 'version'))

test('the commands of docs/live-updates.md make a token that publishes', {
  skip: !haveTools && 'curl or openssl is not installed',
}, async (t) => {
  await using started = await startTestHub(t)
  const { url, secret } = started.hub
  const page = await readFile(new URL('../../docs/live-updates.md', import.meta.url), 'utf8')
  const [, commands = ''] = /```sh\n([\s\S]*?)```/.exec(page) ?? []
  const script = `set -euo pipefail\ncurl() { command curl --silent --show-error --fail-with-body "$@"; }\n${commands}`
  const env = { ...process.env, MERCURE_JWT_SECRET: secret }
  const { stdout } = await run('bash', ['-c', script.replace('http://127.0.0.1:3000/.well-known/mercure', url)], { env })
  assert.match(stdout, /^urn:uuid:[0-9a-f-]{36}$/)
})
