import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The variables among these that a test file reads, itself or by what it imports of its own package. */
export function neededVariables(file: string, variables: readonly string[]): string[] {
  const texts = [...reachableFiles(file)].map((path) => readFileSync(path, 'utf8'))
  return variables.filter((variable) => texts.some((text) => text.includes(variable)))
}

function reachableFiles(file: string, reached = new Set<string>()): Set<string> {
  if (reached.has(file) || !existsSync(file)) return reached
  reached.add(file)
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import) ?\(?'(\.[^']+\.ts)'/g)) {
    reachableFiles(join(dirname(file), specifier), reached)
  }
  return reached
}
