/**
 * Prints the list of parts (SBOM) of an image while it is built: `node tools/sbom/write-sbom.ts FOLDER DEBIAN`, with the folder that holds package.json
 * and node_modules, and a file with name, version and architecture of each of Debian's packages, between tabs.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Parts, sbomOf } from './sbom.ts'

const [folder = '.', debianFile = '/dev/null'] = process.argv.slice(2)
const read = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), 'utf8'))
const { packages } = read('node_modules/.package-lock.json') as Pick<Parts, 'packages'>
const debian = readFileSync(debianFile, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => {
    const [name = '', version = '', architecture = ''] = line.split('\t')
    return { name, version, architecture }
  })
console.log(JSON.stringify(sbomOf({ packages, root: read('package.json') as Parts['root'], node: process.versions.node, debian }), null, 1))
