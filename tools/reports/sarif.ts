import { existsSync } from 'node:fs'

export interface Rule {
  readonly id: string
  readonly holds: string
  readonly problems: readonly string[]
}

/** What the gates found, as SARIF 2.1.0 writes it, which code hosts show beside the line. */
export function sarifOf(rules: readonly Rule[]): string {
  const driver = { name: 'make check', rules: rules.map(({ id, holds }) => ({ id, shortDescription: { text: holds } })) }
  const results = rules.flatMap(({ id, problems }) =>
    problems.map((text) => ({ ruleId: id, level: 'error', message: { text }, locations: locationsIn(text) })),
  )
  const log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [{ tool: { driver }, results }] }
  return `${JSON.stringify(log, null, 2)}\n`
}

/** The first file that a problem names, and the line where it tells one: `a.ts:3`, `a.ts(3,14)`, `a.md line 3`. */
function locationsIn(problem: string): object[] {
  for (const [, path = '', line] of problem.matchAll(/([\w@./-]*\w)(?:(?::| line |\()(\d+))?/g)) {
    if (!/[./]/.test(path) || path.startsWith('/') || !existsSync(path)) continue
    const region = line === undefined ? {} : { region: { startLine: Number(line) } }
    return [{ physicalLocation: { artifactLocation: { uri: path }, ...region } }]
  }
  return []
}
