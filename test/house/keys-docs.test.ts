import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { Setting } from '../../apps/media/src/main/setting.ts'
import { settings } from '../../apps/media/src/main/settings.ts'

const page = await readFile(new URL('../../docs/keys.md', import.meta.url), 'utf8')

test('docs/keys.md tells of each setting that is a secret how another one takes its place', () => {
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .join('\n')
  const secrets = Object.values<Setting<unknown>>(settings).filter(({ secret }) => secret)
  assert.ok(secrets.length > 5)
  for (const { name } of secrets) assert.ok(rows.includes(`\`${name}\``), name)
})
