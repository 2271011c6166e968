import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Component, differences } from './image-parts.ts'
import { type LockedPackage, sbomOf } from './sbom.ts'

const root = { name: 'house', version: '1.0.0' }
interface List {
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

test('each part has its version, its address, and what it asks for, from where Node would take it', () => {
  const packages = {
    'apps/a': { name: '@house/a', version: '1.0.0', dependencies: { b: '1', '@house/c': '1' }, optionalDependencies: { gone: '1' } },
    'packages/c': { name: '@house/c', version: '1.0.0' },
    'node_modules/@house/c': { link: true, resolved: 'packages/c' },
    'node_modules/b': { version: '1.2.3', license: 'MIT', integrity: 'sha512-AQID', dependencies: { d: '1' } },
    'node_modules/b/node_modules/d': { version: '2.0.0' },
    'node_modules/d': { version: '1.0.0' },
    'node_modules/tool': { version: '9.0.0', dev: true },
  }
  const debian = [{ name: 'libc6', version: '2.36-9+deb12u10', architecture: 'amd64' }]
  const { components, dependencies } = sbomOf({ packages, root, node: '24.0.0', debian }) as List
  assert.deepEqual(
    components.map(({ purl }) => purl),
    [
      ...[
        'pkg:generic/node@24.0.0',
        'pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64',
        'pkg:npm/%40house/a@1.0.0',
        'pkg:npm/%40house/c@1.0.0',
      ],
      ...['pkg:npm/b@1.2.3', 'pkg:npm/d@2.0.0', 'pkg:npm/d@1.0.0'],
    ],
  )
  assert.deepEqual(components[4], {
    ...{ type: 'library', 'bom-ref': 'node_modules/b', name: 'b', version: '1.2.3', purl: 'pkg:npm/b@1.2.3' },
    ...{ hashes: [{ alg: 'SHA-512', content: '010203' }], licenses: [{ expression: 'MIT' }] },
  })
  assert.deepEqual(dependencies.slice(0, 3), [
    { ref: 'apps/a', dependsOn: ['node_modules/b', 'packages/c'] },
    { ref: 'packages/c', dependsOn: [] },
    { ref: 'node_modules/b', dependsOn: ['node_modules/b/node_modules/d'] },
  ])
})

test('the list of this clone is what is locked for production, as far as this machine has it', () => {
  const { stdout } = spawnSync(process.execPath, ['tools/sbom/write-sbom.ts', '.'], { encoding: 'utf8' })
  const { components } = JSON.parse(stdout) as List
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, LockedPackage & { optional?: boolean }>
  }
  const locked = Object.entries(packages).filter(([folder, { dev, link }]) => folder !== '' && !dev && !link)
  const listed = new Map(components.map((component) => [component['bom-ref'], component.version]))
  assert.ok(locked.length > 100)
  for (const [folder, { version, optional }] of locked)
    if (!optional || listed.has(folder)) assert.equal(listed.get(folder), version, folder)
  assert.equal([...listed.keys()].filter((ref) => !ref.startsWith('pkg:') && !locked.some(([folder]) => folder === ref)).length, 0)
})

test('what an image holds beyond the list, and what the list holds beyond the image, is told', () => {
  const component = (ref: string, purl = `pkg:npm/${ref}@1`) => ({ 'bom-ref': ref, name: ref, version: '1', purl })
  const components = [
    component('node', 'pkg:generic/node@24'),
    component('libc6', 'pkg:deb/debian/libc6@2'),
    component('node_modules/a'),
    component('apps/b'),
  ]
  const files = [
    'app/node_modules/a/package.json',
    'app/node_modules/a/esm/package.json',
    'app/apps/b/package.json',
    'app/package.json',
    'lib/x/libc.so.6',
  ]
  assert.deepEqual(differences(components, files), [])
  assert.deepEqual(differences(components.slice(2, 3), [...files.slice(0, 1), 'app/node_modules/@c/d/package.json', 'lib/x/libc.so.6']), [
    'node_modules/@c/d is in the image, and not listed',
    'no package of Debian’s is listed',
    'Node is not listed',
  ])
  assert.deepEqual(differences(components, files.slice(0, 2)), ['apps/b is listed, and not in the image'])
})
