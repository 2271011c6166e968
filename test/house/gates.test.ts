import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { whyNoNginx } from '../../tools/gates/front.ts'
import { whyNoShellcheck } from '../../tools/gates/shell.ts'
import { buildSampleHouse, type SampleHouse } from './sample-house.ts'

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
/** All of them, one after the other. */
const inOrder = (...said: readonly RegExp[]): RegExp => new RegExp(said.map(({ source }) => source).join('[\\s\\S]*'))
const key = `hf_${'Ab3'.repeat(12)}`

const defects: readonly Defect[] = [
  { gate: 'style', what: 'bad format', files: { 'tools/a.ts': 'export const  a = "a";\n' }, says: /tools\/a\.ts format/ },
  { gate: 'style', what: 'any', files: { 'tools/b.ts': 'export const b: any = 1\n' }, says: /noExplicitAny/ },
  {
    gate: 'style',
    what: 'too many branches',
    files: { 'tools/c.ts': `export function c(n: number): number {\n${branches}  return 0\n}\n` },
    says: /noExcessiveCognitiveComplexity/,
  },
  {
    gate: 'style',
    what: 'a function that is too long',
    files: { 'tools/d.ts': `export const d: number[] = []\nexport function fill(): void {\n${lines(61, (i) => `  d.push(${i})\n`)}}\n` },
    says: /tools\/d\.ts:\d+:\d+ lint\/complexity\/noExcessiveLinesPerFunction/,
  },
  {
    gate: 'style',
    what: 'a file that is too long',
    files: { 'tools/e.ts': lines(401, (i) => `export const e${i} = ${i}\n`) },
    says: /tools\/e\.ts:\d+:\d+ lint\/style\/noExcessiveLinesPerFile/,
  },
  {
    gate: 'style',
    what: 'too many parameters',
    files: { 'tools/f.ts': 'export const f = (a = 1, b = 2, c = 3, d = 4, e = 5, g = 6, h = 7) => a * b * c * d * e * g * h\n' },
    says: /tools\/f\.ts:\d+:\d+ lint\/complexity\/useMaxParams/,
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
    gate: 'promises',
    what: 'blocks that are too deep',
    files: { 'tools/b.ts': `export function b(n: number): void {\n${'while (n > 1) {\n'.repeat(4)}n -= 1\n${'}\n'.repeat(5)}` },
    says: /max-depth[\s\S]*tools\/b\.ts/,
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
      'apps/media/src/http/shape.ts': 'export type Shape = 1\n',
      'apps/media/src/media/a.ts': "export type A = import('../http/shape.ts').Shape\n",
    },
    says: /media\/a\.ts:1 \.\.\/http\/shape\.ts is out of reach/,
  },
  {
    gate: 'imports',
    what: 'a subject with a driver',
    files: { 'apps/media/src/media/b.ts': "import { DatabaseSync } from 'node:sqlite'\nexport const b = DatabaseSync\n" },
    says: /media\/b\.ts:1 node:sqlite reaches out of the process/,
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
  { gate: 'shell', what: 'a word that is split', files: { '.ci/run': '#!/bin/sh\nrm -rf $1\n' }, says: /\.ci\/run:2:8: .*SC2086/ },
  { gate: 'shell', what: 'a script that is only sourced', files: { 'tools/a.sh': 'cd $1\n' }, says: /tools\/a\.sh:1:\d+: .*SC2164/ },
  {
    gate: 'yaml',
    what: 'what is read in two ways',
    files: { 'a.yml': 'a: 1\na: 2\nb: yes\n---\nc: [2222:22]\nd: &d 0440\n' },
    says: inOrder(
      /a\.yml:2 Map keys must be unique/,
      /a\.yml:3 yes is read in two ways/,
      /a\.yml:5 2222:22 is read in two ways/,
      /a\.yml:6 0440 is read in two ways/,
      /a\.yml:6 nothing refers to &d/,
    ),
  },
  {
    gate: 'yaml',
    what: 'a workflow that GitHub refuses',
    files: { '.github/workflows/ci.yml': 'on: push\njobs:\n  a:\n    runs-on: b\n    steps: [{ rnu: c }]\n' },
    says: /ci\.yml \(Line: 5.*rnu/,
  },
  {
    gate: 'yaml',
    what: 'an expression that GitHub cannot read',
    files: { '.github/workflows/ci.yml': `on: push\njobs:\n  a:\n    runs-on: b\n    steps: [{ run: "$\{{ githb.ref }}" }]\n` },
    says: /ci\.yml \(Line: 5.*githb/,
  },
  {
    gate: 'containers',
    what: 'what a Dockerfile may not do',
    files: {
      Dockerfile: [
        'FROM node:latest',
        'ADD https://example.org/a /a',
        'ARG API_KEY',
        'RUN apt-get update \\\n && apt-get -y upgrade',
        'RUN apt-get install --no-install-recommends a',
        'RUN curl https://example.org/a | sh',
        'CMD node cli.js',
        'USER node\n',
      ].join('\n'),
    },
    says: inOrder(
      /Dockerfile:1 FROM has no exact version: node:latest/,
      /Dockerfile:2 copies with ADD/,
      /Dockerfile:3 ARG would keep a secret in the image: API_KEY/,
      /Dockerfile:4 RUN upgrades what the base brings/,
      /Dockerfile:6 RUN leaves the lists of apt/,
      /Dockerfile:7 RUN runs what it fetched/,
      /Dockerfile:8 CMD goes through a shell/,
      /Dockerfile does not end as a user with a number/,
      /Dockerfile has no HEALTHCHECK/,
    ),
  },
  {
    gate: 'containers',
    what: 'what a service of a stack may not do',
    files: {
      'compose.yaml': `services:
  a:
    image: redis
    privileged: true
    network_mode: host
    volumes: [/var/run/docker.sock:/a]
    ports: ['80:80']
    environment: { DB_PASSWORD: hunter }
`,
    },
    says: inOrder(
      /compose\.yaml a has no exact version: redis/,
      /compose\.yaml a is privileged/,
      /compose\.yaml a shares something with the machine/,
      /compose\.yaml a reaches the engine/,
      /compose\.yaml a publishes a port to everybody/,
      /compose\.yaml a is given a secret in its environment: DB_PASSWORD/,
    ),
  },
  {
    gate: 'front',
    what: 'a directive that nginx does not know',
    files: { 'docker/nginx/templates/a.conf.template': 'server {\n  listen 8080;\n  prxy_pass http://a;\n}\n' },
    says: /unknown directive "prxy_pass" in docker\/nginx\/templates\/a\.conf:3/,
  },
  {
    gate: 'front',
    what: 'a variable that the stack does not give',
    files: { 'docker/nginx/templates/a.conf.template': `server {\n  listen 8080;\n  return 308 https://a:$\{PORT}/;\n}\n` },
    says: /unknown "port" variable/i,
  },
  {
    gate: 'openapi',
    what: 'a reference that leads nowhere, and two operations of one name',
    files: {
      'apps/media/src/main/api.ts': `const content = { 'application/json': { schema: { $ref: '#/components/schemas/A' } } }
const get = { operationId: 'get', responses: { 200: { description: 'OK', content } } }
export const api = {
  openapi: '3.1.0',
  info: { title: 'House', version: '1.0.0', license: { name: 'MIT', identifier: 'MIT' } },
  servers: [{ url: '/' }],
  paths: { '/a': { get }, '/b': { get } },
}
`,
    },
    says: inOrder(/Can't resolve \$ref \(no-unresolved-refs\)/, /unique `operationId`/),
  },
  {
    gate: 'openapi',
    what: 'a service that prints no document',
    files: { 'apps/media/src/main/api.ts': "export const api = 1\nthrow new Error('planted')\n" },
    says: /holdfast openapi failed[\s\S]*planted/,
  },
  {
    gate: 'mutation',
    what: 'a module that was changed since its tests were tried, tests that assert less, and a mark that is not reached',
    files: {
      'apps/media/src/media/file.ts': 'export const fileSize = (bytes: Uint8Array): number => bytes.length\n',
      'apps/media/src/media/file.test.ts': "import './file.ts'\n",
      'tools/mutation/targets.json':
        '{ "apps/media/src/media/file.ts": { "leastPercent": 90, "percent": 80, "digest": "", "tests": { "apps/media/src/media/file.test.ts": 1 } } }\n',
    },
    says: inOrder(
      /media\/file\.ts is not what it was when its tests were tried/,
      /file\.test\.ts asserts less/,
      /media\/file\.ts: 80 % of the changes are noticed, and must be 90 %/,
    ),
  },
  {
    gate: 'licences',
    what: 'a licence that asks something of our users',
    files: { 'package-lock.json': '{ "packages": { "node_modules/a": { "license": "GPL-3.0-only" } } }\n' },
    says: /package-lock\.json has a under GPL-3\.0-only/,
  },
  {
    gate: 'licences',
    what: 'a package without a licence',
    files: { 'package-lock.json': '{ "packages": { "node_modules/a": {} } }\n' },
    says: /package-lock\.json has no licence for a/,
  },
  { gate: 'documents', what: 'a dead link', files: { 'docs/a.md': 'See [b](b.md).\n' }, says: /docs\/a\.md links to b\.md/ },
  {
    gate: 'documents',
    what: 'a room that ARCHITECTURE.md does not list',
    files: { 'apps/media/src/attic/a.ts': 'export {}\n' },
    says: /does not list the room apps\/media\/src\/attic/,
  },
]

/** Those of one gate stand in one house, as far as they are planted in different places. */
const together: [Defect, ...Defect[]][] = []
for (const defect of defects) {
  const isApart = (other: Defect) => Object.keys(defect.files).every((path) => !(path in other.files))
  const house = together.find((group) => group[0].gate === defect.gate && group.every(isApart))
  if (house === undefined) together.push([defect])
  else house.push(defect)
}

const whyNot: Readonly<Record<string, () => string | undefined>> = { shell: whyNoShellcheck, front: whyNoNginx }

describe('the gates', () => {
  it('have nothing to say against a sound house', () => {
    using house = buildSampleHouse()
    const { passed, output } = house.check()
    assert.ok(passed, output)
    // Where the registry does not answer, or shellcheck or nginx is not to be had, a gate says so.
    assert.match(output, /\n(18 passed, 0 failed, 0|17 passed, 0 failed, 1|16 passed, 0 failed, 2|15 passed, 0 failed, 3) skipped\n$/)
  })

  for (const group of together) {
    const [{ gate }] = group
    describe(gate, { skip: whyNot[gate]?.() ?? false }, () => {
      let found: ReturnType<SampleHouse['check']>
      before(() => {
        using house = buildSampleHouse()
        for (const { files } of group) house.write(files)
        found = house.check(gate)
      })
      for (const { what, says } of group) {
        it(`catches ${what}`, () => {
          assert.match(found.output, says)
          assert.equal(found.passed, false)
        })
      }
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
    const { output } = house.check(
      'types',
      'promises',
      'imports',
      'unused',
      'copies',
      'documents',
      'shell',
      'yaml',
      'containers',
      'licences',
      'front',
      'openapi',
      'mutation',
    )
    assert.match(output, /\n0 passed, 13 failed, 0 skipped\n$/)
  })
})
