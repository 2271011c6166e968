import { type Node, parseSync, Visitor } from 'oxc-parser'

/** One small wrong change. */
export interface Mutant {
  readonly start: number
  readonly end: number
  readonly text: string
}

const others: Readonly<Record<string, string>> = {
  ...{ '===': '!==', '!==': '===', '<': '<=', '<=': '<', '>': '>=', '>=': '>' },
  ...{ '+': '-', '-': '+', '*': '/', '/': '*', '&&': '||', '||': '&&', '??': '&&' },
}

/** The changes that are tried in a TypeScript source, in the order in which they stand there. Types are left alone: they do nothing. */
export function findMutants(file: string, source: string): Mutant[] {
  const mutants: Mutant[] = []
  const textOf = ({ start, end }: Node): string => source.slice(start, end)
  const replace = ({ start, end }: Pick<Node, 'start' | 'end'>, text: string): void => {
    mutants.push({ start, end, text })
  }
  const swap = (left: Node, operator: string, right: Node): void => {
    const [other, from] = [others[operator], source.indexOf(operator, left.end)]
    if (other !== undefined && from < right.start) replace({ start: from, end: from + operator.length }, other)
  }
  const types: Node[] = []
  const note = (node: Node): void => {
    types.push(node)
  }
  new Visitor({
    BinaryExpression: ({ left, operator, right }) => swap(left, operator, right),
    LogicalExpression: ({ left, operator, right }) => swap(left, operator, right),
    IfStatement: ({ test }) => replace(test, `!(${textOf(test)})`),
    ConditionalExpression: ({ test }) => replace(test, `!(${textOf(test)})`),
    // A step that is left out. What it answers, nobody uses.
    ExpressionStatement: (node) => {
      if (node.expression.type !== 'Literal') replace(node, ';')
    },
    Literal: (node) => {
      if (typeof node.value === 'boolean') replace(node, String(!node.value))
      if (typeof node.value === 'number') replace(node, String(node.value + 1))
    },
    TSTypeAnnotation: note,
    TSInterfaceDeclaration: note,
    TSTypeAliasDeclaration: note,
    TSTypeParameterInstantiation: note,
    TSAsExpression: ({ typeAnnotation }) => note(typeAnnotation),
    TSSatisfiesExpression: ({ typeAnnotation }) => note(typeAnnotation),
  }).visit(parseSync(file, source).program)
  const isType = (mutant: Mutant): boolean => types.some(({ start, end }) => start <= mutant.start && mutant.end <= end)
  return mutants.filter((mutant) => !isType(mutant)).toSorted((a, b) => a.start - b.start || b.end - a.end)
}

export const apply = (source: string, { start, end, text }: Mutant): string => source.slice(0, start) + text + source.slice(end)
