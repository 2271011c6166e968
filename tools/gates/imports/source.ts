import { readFileSync } from 'node:fs'
import { type Expression, type ImportDeclaration, type Program, parseSync, Visitor } from 'oxc-parser'

/** One import, re-export, `import()` or type query. */
export interface Reference {
  readonly specifier: string
  readonly line: number
  /** Erased when it runs. */
  readonly typeOnly: boolean
  /** `import *` or `export *`. */
  readonly whole: boolean
}

export interface Source {
  readonly references: readonly Reference[]
  /** The lines that read the environment. */
  readonly environmentReads: readonly number[]
  /** What stands in the way of knowing all of that: syntax errors, an `import()` of something computed. */
  readonly problems: readonly string[]
}

type Span = { readonly start: number; readonly end: number }

/** What a TypeScript file imports and whether it reads the environment, from its syntax tree. */
export function readSource(file: string): Source {
  const text = readFileSync(file, 'utf8')
  const { program, errors } = parseSync(file, text)
  const lineAt = ({ start }: Span): number => text.slice(0, start).split('\n').length
  const { references, computed } = findReferences(program, lineAt)
  return {
    references,
    environmentReads: findEnvironmentReads(program, ({ start, end }) => text.slice(start, end)).map(lineAt),
    problems: [
      ...errors.map(({ message }) => `${file}: ${message}`),
      ...computed.map((line) => `${file}:${line} imports something computed, so nobody can check it`),
    ],
  }
}

function findReferences(program: Program, lineAt: (span: Span) => number): { references: Reference[]; computed: number[] } {
  const references: Reference[] = []
  const computed: number[] = []
  const add = (node: Span, specifier: string, typeOnly: boolean, whole = false): void => {
    references.push({ specifier, line: lineAt(node), typeOnly, whole })
  }
  new Visitor({
    ImportDeclaration(node) {
      add(node, node.source.value, node.importKind === 'type', isNamespaceImport(node))
    },
    ExportNamedDeclaration(node) {
      if (node.source !== null) add(node, node.source.value, node.exportKind === 'type')
    },
    ExportAllDeclaration(node) {
      add(node, node.source.value, node.exportKind === 'type', true)
    },
    TSImportType(node) {
      add(node, node.source.value, true)
    },
    ImportExpression(node) {
      const specifier = literal(node.source)
      if (specifier === undefined) computed.push(lineAt(node))
      else add(node, specifier, false)
    },
  }).visit(program)
  return { references, computed }
}

function isNamespaceImport({ specifiers }: ImportDeclaration): boolean {
  return specifiers.some(({ type }) => type === 'ImportNamespaceSpecifier')
}

function literal(node: Expression): string | undefined {
  return node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined
}

/** `process.env` in each way it can be written: by name, by key, through globalThis, taken apart, imported. */
function findEnvironmentReads(program: Program, textOf: (span: Span) => string): Span[] {
  const reads: Span[] = []
  const isProcess = (node: Span): boolean => /(^|\.)process$/.test(textOf(node))
  new Visitor({
    MemberExpression(node) {
      const name = node.computed ? literal(node.property) : textOf(node.property)
      if (name === 'env' && isProcess(node.object)) reads.push(node)
    },
    VariableDeclarator(node) {
      const takesApart = node.id.type === 'ObjectPattern' && node.init !== null && isProcess(node.init)
      if (takesApart && /\benv\b/.test(textOf(node.id))) reads.push(node)
    },
    ImportDeclaration(node) {
      const named = node.specifiers.some((specifier) => specifier.type === 'ImportSpecifier' && textOf(specifier.imported) === 'env')
      if (named && /^(node:)?process$/.test(node.source.value)) reads.push(node)
    },
  }).visit(program)
  return reads
}
