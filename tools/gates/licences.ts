import { readFile } from 'node:fs/promises'
import type { Gate } from './gate.ts'
import { repositoryFiles } from './repository-files.ts'

export const licences: Gate = {
  name: 'licences',
  holds: 'each package that is locked has a licence that asks nothing of our users, or a reason',
  async check() {
    const locks = await repositoryFiles('package-lock.json', '**/package-lock.json')
    const problems = await Promise.all(locks.map(async (path) => problemsOf(path, JSON.parse(await readFile(path, 'utf8')) as Lock)))
    return { files: locks.length, problems: problems.flat() }
  },
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly license?: string; readonly link?: boolean }>>
}

const free = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Python-2.0',
  'PSF-2.0',
  'Artistic-2.0',
])

/** Licences that ask something, and why that is met here. */
const borne: readonly { readonly packages: RegExp; readonly licence: string; readonly reason: string }[] = [
  {
    packages: /^@img\/sharp-/,
    licence: 'LGPL-3.0-or-later',
    reason: 'libvips is loaded as a library of its own, which anybody may replace',
  },
  {
    packages: /^uri-templates$/,
    licence: 'http://geraintluff.github.io/tv4/LICENSE.txt',
    reason: 'public domain, or MIT; a part of Azurite, for tests',
  },
]

function problemsOf(path: string, { packages }: Lock): string[] {
  return Object.entries(packages).flatMap(([folder, { license, link }]) => {
    const name = folder.split('node_modules/').slice(1).pop()
    if (name === undefined || link) return []
    if (license === undefined) return [`${path} has no licence for ${name}`]
    const isBorne = (licence: string) => borne.some((one) => one.packages.test(name) && one.licence === licence)
    return isMet(license, (licence) => free.has(licence) || isBorne(licence)) ? [] : [`${path} has ${name} under ${license}`]
  })
}

/** An expression of SPDX, as far as npm has any: one of several, or all of several. */
function isMet(expression: string, isFine: (licence: string) => boolean): boolean {
  const bare = expression.replaceAll(/[()]/g, '')
  return bare.split(' OR ').some((choice) => choice.split(' AND ').every((licence) => isFine(licence.trim())))
}
