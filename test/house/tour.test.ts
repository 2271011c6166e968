import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { runLines } from '../pipeline/run-lines.ts'

interface Statement {
  readonly chapter: number
  readonly files: readonly string[]
  readonly commands: readonly string[]
  /** Those of the commands that end within seconds. */
  readonly cheap: readonly string[]
}

/** `- What is said.` and, below it, `Files: [name](path) … Proof: `command` †, …`. */
function readTour(name: string): Statement[] {
  const text = readFileSync(join('docs', name), 'utf8')
  return text.split(/^## (?=\d)/m).flatMap((part, chapter) =>
    chapter === 0
      ? []
      : [...part.matchAll(/^- .+\n {2}(?:Files:|Fichiers :) (.+) (?:Proof:|Preuve :) (.+)\.$/gm)].map(([, files = '', proof = '']) => ({
          chapter,
          files: [...files.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => path),
          commands: [...proof.matchAll(/`([^`]+)`/g)].map(([, command = '']) => command),
          cheap: [...proof.matchAll(/`([^`]+)` †/g)].map(([, command = '']) => command),
        })),
  )
}

const tour = readTour('tour.md')
const commands = [...new Set(tour.flatMap((statement) => statement.commands))]
const cheap = [...new Set(tour.flatMap((statement) => statement.cheap))]
const folder = '.'

async function failuresOf(lines: readonly string[], environment: Readonly<Record<string, string>>): Promise<string[]> {
  const failures: string[] = []
  for (const line of lines) {
    const heard: string[] = []
    const [ran] = await runLines([line], { folder, environment, hear: (text) => heard.push(text) })
    if (ran?.status !== 0) failures.push([line, ...heard].join('\n'))
  }
  return failures
}

describe('the tour', () => {
  it('has nine chapters, and for each statement the files that make it true and the commands that show it', () => {
    const said = readFileSync('docs/tour.md', 'utf8').match(/^- /gm)?.length
    assert.deepEqual([...new Set(tour.map(({ chapter }) => chapter))], [1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert.equal(tour.length, said, 'a statement without its proof, or written otherwise')
    assert.deepEqual(
      tour.flatMap(({ files }) => files).filter((path) => !existsSync(join('docs', path))),
      [],
    )
    assert.ok(tour.every(({ files, commands: shown }) => files.length > 0 && shown.length > 0))
  })

  it('is the same in French', () => assert.deepEqual(readTour('tour.fr.md'), tour))

  it('names commands that make knows, for tests that are there', async () => {
    assert.deepEqual(await failuresOf(commands, { MAKEFLAGS: 'n' }), [])
    const paths = commands.flatMap((command) => /FILES=(\S+)/.exec(command)?.[1] ?? [])
    assert.deepEqual(
      paths.filter((path) => !existsSync(path)),
      [],
    )
  })

  it('is true, where that can be seen within seconds', async () => {
    assert.ok(cheap.length >= 10)
    // Not as tests of the runner of this one, which would hear of them in its own words.
    const environment = { NODE_TEST_CONTEXT: '', MAKEFLAGS: '' }
    const halves = [cheap.filter((_, at) => at % 2 === 0), cheap.filter((_, at) => at % 2 === 1)]
    assert.deepEqual((await Promise.all(halves.map((lines) => failuresOf(lines, environment)))).flat(), [])
  })
})
