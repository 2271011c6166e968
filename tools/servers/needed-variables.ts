import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

/** The variables among these that a test file reads, itself or in what it imports of this house. */
export function neededVariables(file: string, variables: readonly string[]): string[] {
  const texts = [...reachableFiles(file)].map((path) => readFileSync(path, 'utf8'))
  return variables.filter((variable) => texts.some((text) => new RegExp(`\\b${variable}\\b`).test(text)))
}

function reachableFiles(file: string, reached = new Set<string>()): Set<string> {
  if (reached.has(file) || !existsSync(file)) return reached
  reached.add(file)
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import) ?\(?'(\.[^']+\.ts|@holdfast\/[^']+)'/g)) {
    reachableFiles(specifier.startsWith('.') ? join(dirname(file), specifier) : resolvePackage(file, specifier), reached)
  }
  return reached
}

const resolvePackage = (file: string, specifier: string): string => createRequire(resolve(file)).resolve(specifier)
