import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

test('the example of the README prints what the README says', () => {
  const root = join(import.meta.dirname, '..')
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const [, example = '', expected] = /```ts\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/.exec(readme) ?? []
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-readme-'))
  try {
    const env = { ...process.env, DATABASE: join(folder, 'example.db') }
    const printed = execFileSync(process.execPath, ['--input-type=module-typescript', '--eval', example], {
      cwd: root,
      env,
      encoding: 'utf8',
    })
    assert.equal(printed.replaceAll(/("(?:time|trace_id|stack)":")[^"]*"/g, '$1…"'), expected)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
