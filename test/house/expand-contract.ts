import { splitStatements } from '../../packages/database/src/split-statements.ts'

/**
 * What in a migration the release before could not run beside. While a release is rolled out, and after it was rolled back, processes of the one before
 * work on the new schema: a migration adds, and what it takes away has been out of use since an earlier one, which it names.
 */
export function contractFaults(text: string): string[] {
  const statements = splitStatements(text).map((statement) => statement.replace(/\s+/g, ' ').trim())
  const made = new Set(statements.map((statement) => /^CREATE (?:VIRTUAL )?TABLE (\w+)/i.exec(statement)?.[1]))
  const indexed = new Set(statements.map((statement) => /^CREATE (?:UNIQUE )?INDEX (\w+)/i.exec(statement)?.[1]))
  return statements.flatMap((statement) => faultsOf(statement, { made, indexed }))
}

interface InThisFile {
  readonly made: ReadonlySet<string | undefined>
  readonly indexed: ReadonlySet<string | undefined>
}

function faultsOf(statement: string, { made, indexed }: InThisFile): string[] {
  const old = (pattern: RegExp) => {
    const table = pattern.exec(statement)?.[1]
    return table !== undefined && !made.has(table) && !table.startsWith('sqlite_')
  }
  if (old(/^DROP (?:TABLE|VIEW) (?:IF EXISTS )?(\w+)/i) || old(/^RENAME TABLE (\w+)/i)) return [statement]
  if (old(/^CREATE UNIQUE INDEX \w+ ON (\w+)/i) || old(/^CREATE TRIGGER .*? ON (\w+)/i) || old(/^DELETE FROM (\w+)/i)) return [statement]
  const dropped = /^DROP INDEX (\w+)/i.exec(statement)?.[1]
  if (dropped !== undefined && !indexed.has(dropped)) return [statement]
  if (!old(/^ALTER TABLE (\w+)/i)) return []
  return clausesOf(statement).filter(isContraction)
}

/** What one ALTER TABLE does, thing by thing. */
const clausesOf = (statement: string): string[] =>
  statement
    .replace(/^ALTER TABLE \w+ /i, '')
    .replace(/\([^()]*\)/g, (inside) => inside.replaceAll(',', ';'))
    .split(',')
    .map((clause) => clause.trim())

function isContraction(clause: string): boolean {
  if (/^ADD (INDEX|KEY|FULLTEXT)/i.test(clause)) return false
  if (!/^ADD /i.test(clause) || /^ADD (UNIQUE|CONSTRAINT|CHECK|PRIMARY|FOREIGN)/i.test(clause)) return true
  return (/ NOT NULL/i.test(clause) && !/ DEFAULT /i.test(clause)) || / (UNIQUE|REFERENCES|CHECK)\b/i.test(clause)
}

/** `-- Contract of 0016-live-updates: since then nobody reads it.` */
export const contractOf = (text: string): string | undefined => /^-- Contract of (\d{4}-[\w-]+): .{10}/m.exec(text)?.[1]
