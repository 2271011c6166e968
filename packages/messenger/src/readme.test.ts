import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const inRepository = (path: string) => fileURLToPath(new URL(path, import.meta.url))

it('has an example that runs as it stands', async () => {
  const readme = await readFile(inRepository('../README.md'), 'utf8')
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  const folder = await mkdtemp(join(tmpdir(), 'messenger-'))
  try {
    await symlink(inRepository('../../../node_modules'), join(folder, 'node_modules'))
    await writeFile(join(folder, 'example.mts'), example)
    const { stdout } = await promisify(execFile)(process.execPath, ['example.mts'], { cwd: folder, timeout: 60_000 })
    assert.match(stdout, /text: 'Hello Ada, on attempt 1'/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
