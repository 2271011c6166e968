export interface Component {
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly 'bom-ref': string
}

/** How the list of parts and the files of the image it lies in differ; each to be read alone. */
export function differences(components: readonly Component[], files: readonly string[]): string[] {
  const listed = new Set(components.filter(({ purl }) => purl.startsWith('pkg:npm/')).map((component) => component['bom-ref']))
  // A package's own folder, not one inside it that says what kind of modules lie there.
  const there = new Set(
    files.flatMap(
      (file) => /^app\/((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/@]+|(?:apps|packages)\/[^/]+)\/package\.json$/.exec(file)?.[1] ?? [],
    ),
  )
  const libraries = files.filter((file) => /^(usr\/)?lib(64)?\/.*\.so(\.|$)/.test(file))
  return [
    ...[...there].filter((folder) => !listed.has(folder)).map((folder) => `${folder} is in the image, and not listed`),
    ...[...listed].filter((folder) => !there.has(folder)).map((folder) => `${folder} is listed, and not in the image`),
    ...(libraries.length > 0 && !components.some(({ purl }) => purl.startsWith('pkg:deb/')) ? ['no package of Debian’s is listed'] : []),
    ...(components.some(({ name }) => name === 'node') ? [] : ['Node is not listed']),
  ]
}
