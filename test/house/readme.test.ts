import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { openHouse } from '../service/house.ts'

const root = join(import.meta.dirname, '../..')
const readme = await readFile(join(root, 'README.md'), 'utf8')

/** The commands of the walk, as they stand in the README; those before it start the service. */
const walk = [...readme.slice(readme.indexOf('## A walk')).matchAll(/```sh\n([\s\S]*?)```/g)].map(([, commands = '']) => commands)

const haveCurl = await promisify(execFile)('curl', ['--version']).then(
  () => true,
  () => false,
)

test('every command of the README does what it says', { skip: !haveCurl && 'curl is not installed' }, async () => {
  await using house = await openHouse()
  assert.ok(walk.length > 7)
  const script = ['set -euo pipefail', 'cd "$ROOT"', 'curl() { command curl --silent --show-error --fail-with-body "$@"; echo; }', ...walk]
    .join('\n')
    .replace('http://127.0.0.1:3000', house.process.url)
    .replaceAll('var/first-run.json', join(house.dataDir, 'first-run.json'))
    .replaceAll(/(receipt\.json|picture\.json|thumbnail\.webp)/g, (name) => join(house.dataDir, name))
  const env = { ...process.env, ROOT: root, DATA_DIR: house.dataDir }
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { env, maxBuffer: 2 ** 24 })
  assert.match(stdout, /idempotent-replayed: true/)
  assert.match(stdout, /"state":"trashed"/)
  assert.match(stdout, /vary: Accept/i)
  assert.match(stdout, /genuine/)
  assert.match(stdout, /"name":"Ann"/)
  assert.match(stdout, /"correlationId":"my-story-0001"/)
})
