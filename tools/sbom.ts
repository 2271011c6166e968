/**
 * Takes the list of parts (SBOM) out of an image of staging or prod, compares it with the files of that image, and keeps it:
 * `node tools/sbom.ts IMAGE FILE`. Ends with 1 where they differ.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Component, differences } from './sbom/image-parts.ts'
import { runCommand } from './servers/run-command.ts'

const [image = 'holdfast:prod', path = 'reports/sbom.cdx.json'] = process.argv.slice(2)
const docker = (...args: readonly string[]) => runCommand('docker', args)
const label = 'dev.holdfast.sbom'

const place = (await docker('image', 'inspect', '--format', `{{index .Config.Labels "${label}"}}`, image)).trim()
if (place === '') throw new Error(`${image} has no label ${label}: only staging and prod have one`)
const container = (await docker('create', image)).trim()
try {
  const list = await runCommand('sh', ['-c', 'docker cp "$0:$1" - | tar --extract --to-stdout', container, place])
  const files = (await runCommand('sh', ['-c', 'docker export "$0" | tar --list', container])).split('\n')
  const { components } = JSON.parse(list) as { readonly components: readonly Component[] }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, list)
  const found = differences(components, files)
  for (const difference of found) console.error(`✗ ${difference}`)
  const count = (kind: string) => components.filter(({ purl }) => purl.startsWith(`pkg:${kind}/`)).length
  console.log(`${image}: Node, ${count('npm')} packages of npm, ${count('deb')} of Debian, in ${path}`)
  process.exitCode = found.length > 0 ? 1 : 0
} finally {
  await docker('rm', container)
}
