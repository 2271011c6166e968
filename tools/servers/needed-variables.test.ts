import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { neededVariables } from './needed-variables.ts'

test('finds a variable in what a test file imports, round in circles, and takes no longer name for it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-needs-'))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('a.test.ts', "import { url } from './b.fixture.ts'\nimport 'node:test'\n")
  write('b.fixture.ts', "import type { C } from './c.ts'\nexport const url = process.env['BROKER_URLS']\n")
  write('c.ts', "export * from './b.fixture.ts'\nexport type C = typeof process.env.DATABASE_URL\n")
  assert.deepEqual(neededVariables(join(folder, 'a.test.ts'), ['BROKER_URL', 'BROKER_URLS', 'DATABASE_URL']), [
    'BROKER_URLS',
    'DATABASE_URL',
  ])
  rmSync(folder, { recursive: true })
})
