import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { Setting } from '../../apps/media/src/main/setting.ts'
import { settings } from '../../apps/media/src/main/settings.ts'

const page = await readFile(new URL('../../docs/settings.md', import.meta.url), 'utf8')
const rows = page.split('\n').filter((line) => line.startsWith('| `'))

test('docs/settings.md has a row for each setting, as the code has it, and no other', () => {
  const expected = Object.values<Setting<unknown>>(settings).map(
    ({ name, defaultText, description, secret }) =>
      `| \`${name}\`${secret ? ` or \`${name}_FILE\`` : ''} | ${defaultText === undefined ? 'none' : `\`${defaultText}\``} | ${description} |`,
  )
  assert.ok(expected.length > 20)
  assert.deepEqual(rows, expected)
})
