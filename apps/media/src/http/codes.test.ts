import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { codes, describeCode } from './codes.ts'

const source = join(import.meta.dirname, '..')

async function sourceTexts(): Promise<string[]> {
  const names = await readdir(source, { recursive: true })
  const files = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  return Promise.all(files.map((name) => readFile(join(source, name), 'utf8')))
}

test('every failure that is thrown stands in the table, with its kind', async () => {
  const thrown = (await sourceTexts()).flatMap((text) => [...text.matchAll(/(?:new Failure|translateTo)\(\s*'(\w+)',\s*'([\w.-]+)'/g)])
  assert.ok(thrown.length > 50)
  for (const [, kind, code = ''] of thrown) assert.equal(describeCode(code)?.kind, kind, code)
})

test('every code of the table is one that something throws', async () => {
  const sources = (await sourceTexts()).filter((text) => !text.includes('export const codes')).join('')
  const unused = Object.keys(codes).filter((code) => !code.startsWith('idempotency.') && !sources.includes(`'${code}'`))
  assert.deepEqual(unused, [])
})

test('docs/errors.md lists the codes of the table, their status, meaning and remedy', async () => {
  const page = await readFile(join(source, '../../../docs/errors.md'), 'utf8')
  const listed = page.split('\n').filter((line) => line.startsWith('| `'))
  const expected = Object.keys(codes).map((code) => {
    const { status, title, remedy } = describeCode(code) ?? assert.fail(code)
    return `| \`${code}\` | ${status} | ${title} | ${remedy} |`
  })
  assert.deepEqual(listed, expected)
})
