/** What an npm lockfile says of one package; in node_modules/.package-lock.json it says that of each that was installed. */
export interface LockedPackage {
  readonly name?: string
  readonly version?: string
  readonly integrity?: string
  readonly license?: string
  readonly dev?: boolean
  readonly link?: boolean
  /** Where a link leads. */
  readonly resolved?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface DebianPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
}

export interface Parts {
  /** By folder: `node_modules/a/node_modules/b`, and the workspaces that are links from there. */
  readonly packages: Readonly<Record<string, LockedPackage>>
  readonly root: { readonly name: string; readonly version: string }
  readonly node: string
  readonly debian: readonly DebianPackage[]
}

/** The list of parts of an image, as CycloneDX 1.6 has it; without a date, so that the same parts give the same list. */
export function sbomOf({ packages, root, node, debian }: Parts): object {
  const shipped = Object.entries(packages).filter(([folder, { dev, link }]) => folder !== '' && !dev && !link)
  const rootRef = `pkg:npm/${root.name}@${root.version}`
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': rootRef, name: root.name, version: root.version, purl: rootRef } },
    components: [
      { type: 'platform', 'bom-ref': `pkg:generic/node@${node}`, name: 'node', version: node, purl: `pkg:generic/node@${node}` },
      ...debian.map(debianComponent),
      ...shipped.map(([folder, one]) => npmComponent(folder, one)),
    ],
    dependencies: shipped.map(([folder, one]) => ({ ref: folder, dependsOn: refsOf(folder, one, packages) })),
  }
}

function debianComponent({ name, version, architecture }: DebianPackage): object {
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`
  return { type: 'library', 'bom-ref': purl, name, version, purl }
}

/** Its reference is its folder: a package may lie in several places, and in several versions. */
function npmComponent(folder: string, one: LockedPackage): object {
  const name = nameOf(folder, one)
  const version = one.version ?? ''
  const [algorithm, digest] = one.integrity?.split('-', 2) ?? []
  return {
    type: 'library',
    'bom-ref': folder,
    name,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    ...(algorithm === 'sha512' &&
      digest !== undefined && { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }),
    ...(one.license !== undefined && { licenses: [{ expression: one.license }] }),
  }
}

const nameOf = (folder: string, { name }: LockedPackage): string => name ?? folder.split('node_modules/').pop() ?? folder

/** Where Node finds what a package asks for: in the nearest node_modules upwards. What is optional and not there is left out. */
function refsOf(folder: string, { dependencies = {}, optionalDependencies = {} }: LockedPackage, packages: Parts['packages']): string[] {
  const asked = [...Object.keys(dependencies), ...Object.keys(optionalDependencies)]
  const found = asked.flatMap((name) => {
    const place = foldersAbove(folder)
      .map((above) => `${above}node_modules/${name}`)
      .find((one) => one in packages)
    return place === undefined ? [] : [packages[place]?.resolved ?? place]
  })
  return [...new Set(found)].toSorted()
}

/** `node_modules/a/node_modules/b` gives itself, `node_modules/a/`, and the root, which is empty. */
function foldersAbove(folder: string): string[] {
  const inner = folder.lastIndexOf('/node_modules/')
  if (inner >= 0) return [`${folder}/`, ...foldersAbove(folder.slice(0, inner))]
  return [`${folder}/`, '']
}
