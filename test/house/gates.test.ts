import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildSampleHouse } from './sample-house.ts'

interface Defect {
  readonly gate: string
  readonly what: string
  readonly files: Readonly<Record<string, string>>
  /** What the gate must say. */
  readonly says: RegExp
}

const lines = (count: number, line: (index: number) => string): string => Array.from({ length: count }, (_, index) => line(index)).join('')
const longFunction = (name: string): string =>
  `export function ${name}(): number[] {\n  return [\n${lines(40, (i) => `    ${i} * 7,\n`)}  ]\n}\n`
const branches = lines(16, (i) => `  if (n === ${i}) return ${i * i}\n`)
const key = `hf_${'Ab3'.repeat(12)}`

const defects: readonly Defect[] = [
  { gate: 'style', what: 'bad format', files: { 'tools/a.ts': 'export const  a = "a";\n' }, says: /tools\/a\.ts format/ },
  { gate: 'style', what: 'any', files: { 'tools/a.ts': 'export const a: any = 1\n' }, says: /noExplicitAny/ },
  {
    gate: 'style',
    what: 'too many branches',
    files: { 'tools/a.ts': `export function a(n: number): number {\n${branches}  return 0\n}\n` },
    says: /noExcessiveCognitiveComplexity/,
  },
  { gate: 'text', what: 'a blank at the end of a line', files: { 'docs/a.md': 'here \n' }, says: /docs\/a\.md has blanks/ },
  { gate: 'text', what: 'no last newline', files: { 'docs/a.sql': 'SELECT 1' }, says: /docs\/a\.sql has no newline/ },
  { gate: 'types', what: 'a wrong type', files: { 'tools/a.ts': "export const a: number = 'a'\n" }, says: /tools\/a\.ts\(1,14\).*TS2322/ },
  {
    gate: 'promises',
    what: 'a floating promise',
    files: { 'tools/a.ts': 'export function a(): void {\n  fetch("/")\n}\n' },
    says: /no-floating-promises/,
  },
  {
    gate: 'imports',
    what: 'a subject that knows HTTP',
    files: {
      'apps/media/src/http/view.ts': 'export const view = 1\n',
      'apps/media/src/media/file.ts': "import { view } from '../http/view.ts'\nexport const fileSize = () => view\n",
    },
    says: /media\/file\.ts:1 \.\.\/http\/view\.ts is out of reach for apps\/media\/src\/media/,
  },
  {
    gate: 'imports',
    what: 'the same, only for a type',
    files: {
      'apps/media/src/http/view.ts': 'export type View = 1\n',
      'apps/media/src/media/a.ts': "export type A = import('../http/view.ts').View\n",
    },
    says: /media\/a\.ts:1 \.\.\/http\/view\.ts is out of reach/,
  },
  {
    gate: 'imports',
    what: 'a subject with a driver',
    files: { 'apps/media/src/media/a.ts': "import { DatabaseSync } from 'node:sqlite'\nexport const a = DatabaseSync\n" },
    says: /media\/a\.ts:1 node:sqlite reaches out of the process/,
  },
  {
    gate: 'imports',
    what: 'a package that knows the app',
    files: { 'packages/messenger/src/a.ts': "export { sizeOf } from '../../../apps/media/src/kernel/size.ts'\n" },
    says: /messenger\/src\/a\.ts:1 .* is in another package/,
  },
  {
    gate: 'imports',
    what: 'a circle',
    files: {
      'apps/media/src/kernel/a.ts': "import { b } from './b.ts'\nexport const a = () => b\n",
      'apps/media/src/kernel/b.ts': "import { a } from './a.ts'\nexport const b = () => a\n",
    },
    says: /a circle of imports: apps\/media\/src\/kernel\/a\.ts → apps\/media\/src\/kernel\/b\.ts → apps\/media\/src\/kernel\/a\.ts/,
  },
  {
    gate: 'imports',
    what: 'the environment read in a corner',
    files: { 'apps/media/src/main/a.ts': "const { env } = process\nexport const a = env['A']\n" },
    says: /main\/a\.ts:1 reads the environment/,
  },
  {
    gate: 'unused',
    what: 'an unused file',
    files: { 'apps/media/src/media/a.ts': 'export const a = 1\n' },
    says: /Unused files[\s\S]*media\/a\.ts/,
  },
  {
    gate: 'unused',
    what: 'an export that only a test uses',
    files: {
      'apps/media/src/kernel/size.ts': 'export const sizeOf = (bytes: Uint8Array): number => bytes.length\nexport const a = 1\n',
      'apps/media/src/kernel/size.test.ts': "import { a } from './size.ts'\nif (a !== 1) throw new Error('a')\n",
    },
    says: /Without the tests:[\s\S]*Unused exports[\s\S]*kernel\/size\.ts/,
  },
  {
    gate: 'copies',
    what: 'a copied function',
    files: { 'tools/a.ts': longFunction('a'), 'tools/b.ts': longFunction('b') },
    says: /% of the lines are copies[\s\S]*tools\/b\.ts/,
  },
  {
    gate: 'secrets',
    what: 'a key',
    files: { 'docs/a.md': `Authorization: Bearer ${key}\n` },
    says: /docs\/a\.md line 1: an API key of Holdfast/,
  },
  {
    gate: 'secrets',
    what: 'a password in a URL',
    files: { 'docs/a.md': `mysql://root:${'h7fQ'.repeat(3)}@db/holdfast\n` },
    says: /docs\/a\.md line 1: a password in a URL/,
  },
  {
    gate: 'manifests',
    what: 'unsorted keys',
    files: { 'apps/media/package.json': '{ "version": "0.1.0", "name": "@holdfast/media", "private": true, "license": "MIT" }\n' },
    says: /apps\/media\/package\.json wants its keys in this order/,
  },
  {
    gate: 'manifests',
    what: 'a registry host in the lockfile',
    files: { 'package-lock.json': '{ "packages": { "node_modules/a": { "resolved": "https://registry.example/a.tgz" } } }\n' },
    says: /names a registry host for node_modules\/a/,
  },
  {
    gate: 'manifests',
    what: 'a platform that the lockfile forgot',
    files: { 'package-lock.json': '{ "packages": { "node_modules/a": { "optionalDependencies": { "a-darwin": "1.0.0" } } } }\n' },
    says: /has not locked a-darwin, which node_modules\/a wants/,
  },
  { gate: 'documents', what: 'a dead link', files: { 'docs/a.md': 'See [b](b.md).\n' }, says: /docs\/a\.md links to b\.md/ },
  {
    gate: 'documents',
    what: 'a room that ARCHITECTURE.md does not list',
    files: { 'apps/media/src/attic/a.ts': 'export {}\n' },
    says: /does not list the room apps\/media\/src\/attic/,
  },
]

describe('the gates', { concurrency: 2 }, () => {
  it('have nothing to say against a sound house', () => {
    using house = buildSampleHouse()
    const { passed, output } = house.check()
    assert.ok(passed, output)
    assert.match(output, /\n10 passed, 0 failed, 0 skipped\n$/)
  })

  for (const { gate, what, files, says } of defects) {
    it(`${gate} catches ${what}`, () => {
      using house = buildSampleHouse()
      house.write(files)
      const { passed, output } = house.check(gate)
      assert.match(output, says)
      assert.equal(passed, false)
    })
  }

  it('secrets remembers what was committed and taken away', () => {
    using house = buildSampleHouse()
    house.write({ 'docs/a.md': `${key}\n` })
    house.commit()
    house.write({ 'docs/a.md': 'nothing\n' })
    assert.match(house.check('secrets').output, /commit [0-9a-f]+ adds an API key of Holdfast/)
  })

  it('fail when they see no file', () => {
    using house = buildSampleHouse({})
    const { output } = house.check('types', 'promises', 'imports', 'unused', 'copies', 'documents')
    assert.match(output, /\n0 passed, 6 failed, 0 skipped\n$/)
  })
})
