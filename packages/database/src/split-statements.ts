const token = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|;|\b(?:begin|case|end)\b/gi
const isTrigger = /^\s*create\s+(?:temp\w*\s+)?trigger\b/i

/** Splits at the semicolons that end a statement: not at those in quotes, in comments or in the body of a trigger. Comments are left out. */
export function splitStatements(text: string): string[] {
  const statements: string[] = []
  let statement = ''
  let depth = 0
  let from = 0
  for (const { 0: found, index } of text.matchAll(token)) {
    statement += text.slice(from, index)
    from = index + found.length
    if (found.startsWith('--') || found.startsWith('/*')) {
      statement += ' '
    } else if (found === ';' && depth === 0) {
      statements.push(statement.trim())
      statement = ''
    } else {
      if (isTrigger.test(statement)) depth += nesting(found)
      statement += found
    }
  }
  statements.push((statement + text.slice(from)).trim())
  return statements.filter((each) => each !== '')
}

function nesting(found: string): number {
  const word = found.toLowerCase()
  if (word === 'end') return -1
  return word === 'begin' || word === 'case' ? 1 : 0
}
