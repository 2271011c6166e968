import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { readSteps } from '../pipeline/provider-files.ts'

const read = (path: string): string => readFileSync(path, 'utf8')
const page = read('docs/parity.md')

/** What stands in the last column of the tables under a heading. */
function columnOf(heading: string): string[] {
  const [, ...sections] = page.split(/^## /m)
  const section = sections.find((one) => one.startsWith(heading)) ?? ''
  const rows = [...section.matchAll(/^\| (?!there|---)(.*) \| (.*) \|$/gm)]
  assert.ok(rows.length > 5, heading)
  return rows.map(([, , here = '']) => here)
}

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

  it('names every step of the pipeline', () => {
    const { steps, always } = readSteps()
    assert.deepEqual(all(columnOf('Lines of the pipeline'), /step `([^`]+)`/g).toSorted(), [...steps, ...always].toSorted())
  })
})
