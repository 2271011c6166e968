import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { readSteps } from '../pipeline/provider-files.ts'

const read = (path: string): string => readFileSync(path, 'utf8')
const page = read('docs/parity.md')

interface Row {
  readonly there: string
  readonly here: string
}

/** The rows of the table under a heading. */
function rowsOf(heading: string): Row[] {
  const [, ...sections] = page.split(/^## /m)
  const section = sections.find((one) => one.startsWith(heading)) ?? ''
  const rows = [...section.matchAll(/^\| (?!there|---)(.*) \| (.*) \|$/gm)]
  assert.ok(rows.length > 5, heading)
  return rows.map(([, there = '', here = '']) => ({ there, here }))
}

/** What stands in the last column. */
const columnOf = (heading: string): string[] => rowsOf(heading).map(({ here }) => here)

/**
 * How many different names the first column of each part has in backticks. That platform is not here to be asked: whoever takes a name away, or
 * finds one more there, changes a number here too.
 */
const namesThere = {
  // Every target of its Makefile.
  Targets: 77,
  // Every service of its compose.yaml.
  Services: 12,
  // Every variable of its `.env`.
  Variables: 77,
  // Every line of its pipeline's script; what npm is asked beside stands there in words.
  'Lines of the pipeline': 24,
  // Its files that the walk through it names, and the argument of its Dockerfile.
  Files: 11,
} as const

const all = (rows: readonly string[], pattern: RegExp): string[] =>
  rows.flatMap((row) => [...row.matchAll(pattern)].map(([, found = '']) => found))

describe('docs/parity.md', () => {
  it('names targets that make has', () => {
    const makefile = read('Makefile')
    const named = [...makefile.matchAll(/^([a-z][a-z%-]*):/gm)].map(([, target = '']) => target)
    const perEnvironment = [...makefile.matchAll(/^\$\(\w+_all\): ([a-z]+)-%:/gm)].map(([, verb = '']) => `${verb}-%`)
    const known = [...named, ...perEnvironment].map((target) => new RegExp(`^${target.replace('%', '[a-z-]+')}$`))
    const told = all(columnOf('Targets'), /`make ([a-z-]+)[^`]*`/g)
    assert.ok(told.length > 70)
    const gates = [...read('tools/check.ts').matchAll(/^import \{ ([a-z]+) \} from '\.\/gates\//gm)].map(([, gate]) => `check-${gate}`)
    for (const target of told) {
      assert.ok(
        known.some((pattern) => pattern.test(target)),
        target,
      )
      if (target.startsWith('check-')) assert.ok(gates.includes(target), target)
    }
    assert.deepEqual(
      gates.filter((gate) => !told.includes(gate)),
      [],
    )
  })

  it('names every service', () => {
    const { services } = parse(read('docker/services.yaml'), { merge: true }) as { readonly services: object }
    assert.deepEqual(all(columnOf('Services'), /service `([a-z-]+)`/g).toSorted(), Object.keys(services).toSorted())
  })

  it('names variables that are settings, or of the stack', () => {
    const described = new Set(all([read('docs/settings.md'), read('docs/platform.md')], /^\| `([A-Z][A-Z_]+)`/gm))
    for (const name of all(columnOf('Variables'), /`([A-Z][A-Z_]+)`/g)) assert.ok(described.has(name.replace(/_FILE$/, '')), name)
  })

  for (const [heading, count] of Object.entries(namesThere)) {
    it(`leaves nothing out of the first column of ${heading}`, () => {
      const rows = rowsOf(heading)
      const named = all(
        rows.map(({ there }) => there),
        /`([^`]+)`/g,
      )
      assert.deepEqual(
        named.filter((name) => name.includes('…')),
        [],
        'each by its name',
      )
      assert.equal(new Set(named).size, count)
      assert.equal(new Set(named).size, named.length, 'one stands there twice')
      assert.ok(rows.every(({ here }) => here !== ''))
    })

    it(`names files that are there, in ${heading}`, () => {
      const paths = all(columnOf(heading), /\]\(([^)#]+)/g)
      assert.deepEqual(
        paths.filter((path) => !existsSync(join('docs', path))),
        [],
      )
    })
  }

  it('names every step of the pipeline', () => {
    const { steps, always } = readSteps()
    assert.deepEqual(all(columnOf('Lines of the pipeline'), /step `([^`]+)`/g).toSorted(), [...steps, ...always].toSorted())
  })
})
