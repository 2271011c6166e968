import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../', import.meta.url))
const settings = ['.gitignore', '.editorconfig', '.jscpd.json', '.oxlintrc.json', 'biome.json', 'tsconfig.json']

const media = {
  name: '@holdfast/media',
  version: '0.1.0',
  private: true,
  license: 'MIT',
  type: 'module',
  bin: { holdfast: './src/main/cli.ts' },
}
const root = { name: 'holdfast', version: '0.1.0', private: true, license: 'MIT', type: 'module', workspaces: ['packages/*', 'apps/*'] }
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** Files by path; in order, so that what is planted later replaces what stood there. */
type Files = Readonly<Record<string, string>>

/** The smallest house that every gate can look at, and none has anything to say against. */
const files: Files = {
  'package.json': json(root),
  'package-lock.json': json({ lockfileVersion: 3, packages: { '': root, 'apps/media': media } }),
  'ARCHITECTURE.md': [
    '| [`apps/media/src/kernel/`](apps/media/src/kernel) |',
    '| [`apps/media/src/main/`](apps/media/src/main) |',
    '| [`apps/media/src/media/`](apps/media/src/media) |',
    '| [`docker/`](docker) |',
    '| [`tools/`](tools) |',
    '',
  ].join('\n'),
  'apps/media/package.json': json(media),
  'apps/media/src/kernel/size.ts': `/** The bytes of all parts together. */
export function sizeOf(parts: readonly Uint8Array[]): number {
  let size = 0
  for (const part of parts) {
    if (part.length === 0) continue
    size += part.length
  }
  return Math.max(0, Math.min(size, Number.MAX_SAFE_INTEGER))
}
`,
  'apps/media/src/main/cli.ts': `import { fileSize } from '../media/file.ts'
import { api } from './api.ts'

console.log(JSON.stringify(api))
process.exitCode = fileSize(new Uint8Array(0))
`,
  'apps/media/src/main/api.ts': `export const api = {
  openapi: '3.1.0',
  info: { title: 'House', version: '1.0.0', license: { name: 'MIT', identifier: 'MIT' } },
  servers: [{ url: '/' }],
  paths: { '/livez': { get: { operationId: 'getLivez', summary: 'Whether it lives', responses: { 200: { description: 'OK' } } } } },
}
`,
  'apps/media/src/media/file.ts':
    "import { sizeOf } from '../kernel/size.ts'\n\nexport function fileSize(bytes: Uint8Array): number {\n  return sizeOf([bytes])\n}\n",
}

const containers: Files = {
  Dockerfile: `FROM node:24.21.0-bookworm-slim
USER 10001:10001
HEALTHCHECK CMD ["/usr/local/bin/node", "/app/probe.js"]
CMD ["/usr/local/bin/node", "/app/cli.js"]
`,
  'compose.yaml': `services:
  app:
    image: holdfast:1.0.0
    ports: ['127.0.0.1:3000:3000']
`,
  '.github/workflows/ci.yml': `on:
  push:
jobs:
  everything:
    runs-on: ubuntu-24.04
    steps:
      - run: make check
`,
  '.ci/run': '#!/bin/sh\nmake check\n',
}

const front: Files = {
  'docker/services.yaml': "services:\n  nginx:\n    image: nginx:1.28.0\n    environment:\n      LISTEN: '8080'\n",
  'docker/nginx/nginx.conf': 'events {\n}\nhttp {\n  include /etc/nginx/conf.d/*.conf;\n}\n',
  'docker/nginx/templates/a.conf.template': `server {
  listen $\{LISTEN};
  access_log /tmp/access.log;
}
`,
}

const tried: Files = {
  'tools/mutation/targets.json': json({
    'apps/media/src/media/file.ts': {
      leastPercent: 90,
      percent: 95,
      digest: createHash('sha256')
        .update(files['apps/media/src/media/file.ts'] ?? '')
        .digest('hex')
        .slice(0, 16),
      tests: { 'apps/media/src/media/file.test.ts': 2 },
    },
  }),
  'apps/media/src/media/file.test.ts': `import assert from 'node:assert/strict'
import { fileSize } from './file.ts'

assert.equal(fileSize(new Uint8Array(0)), 0)
assert.equal(fileSize(new Uint8Array(1)), 1)
`,
}

export interface SampleHouse extends Disposable {
  write(planted: Files): void
  commit(): void
  /** Runs `tools/check.ts` in the house. */
  check(...only: string[]): { readonly passed: boolean; readonly output: string }
}

/** A small repository of its own, with the settings of this one. */
export function buildSampleHouse(contents: Files = { ...files, ...containers, ...front, ...tried }): SampleHouse {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-house-'))
  for (const file of settings) cpSync(join(repository, file), join(folder, file))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(repository, 'node_modules/@types'), join(folder, 'node_modules/@types'))
  const run = (command: string, args: readonly string[]) => spawnSync(command, args, { cwd: folder, encoding: 'utf8' })
  const house: SampleHouse = {
    write(planted) {
      for (const [path, text] of Object.entries(planted)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true })
        writeFileSync(join(folder, path), text)
      }
    },
    commit() {
      run('git', ['add', '--all'])
      run('git', ['-c', 'user.name=house', '-c', 'user.email=house@example.org', 'commit', '--quiet', '--message=Build', '--no-gpg-sign'])
    },
    check(...only) {
      const { status, stdout, stderr } = run(process.execPath, [
        join(repository, 'tools/check.ts'),
        ...only.map((name) => `--only=${name}`),
      ])
      return { passed: status === 0, output: stdout + stderr }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
  run('git', ['init', '--quiet'])
  house.write(contents)
  house.commit()
  return house
}
