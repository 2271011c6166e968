import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const packages = join(import.meta.dirname, '../../packages')

for (const name of readdirSync(packages)) {
  test(`the example of ${name}'s README prints what the README says`, () => {
    const readme = readFileSync(join(packages, name, 'README.md'), 'utf8')
    const [, example = '', expected] = /```ts\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/.exec(readme) ?? []
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-readme-'))
    try {
      const printed = execFileSync(process.execPath, ['--input-type=module-typescript', '--eval', example], {
        cwd: join(packages, name),
        env: { ...process.env, DATABASE: join(folder, 'example.db') },
        encoding: 'utf8',
        timeout: 60_000,
      })
      assert.equal(printed.replaceAll(/("(?:time|trace_id|stack)":")[^"]*"/g, '$1…"'), expected)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}
