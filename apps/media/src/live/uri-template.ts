/** How the expressions of one operator are expanded (RFC 6570, appendix A). */
interface Operator {
  readonly first: string
  readonly separator: string
  readonly isNamed?: true
  /** Reserved characters stay as they are. */
  readonly isOpen?: true
}

const operators: Readonly<Record<string, Operator>> = {
  '': { first: '', separator: ',' },
  '+': { first: '', separator: ',', isOpen: true },
  '#': { first: '#', separator: ',', isOpen: true },
  '.': { first: '.', separator: '.' },
  '/': { first: '/', separator: '/' },
  ';': { first: ';', separator: ';', isNamed: true },
  '?': { first: '?', separator: '&', isNamed: true },
  '&': { first: '&', separator: '&', isNamed: true },
}

const expression = /\{([+#./;?&]?)((?:[\w.]|%[\dA-Fa-f]{2})+(?:,(?:[\w.]|%[\dA-Fa-f]{2})+)*)\}/g
const unreserved = String.raw`[\w.~%-]*`
const anyCharacter = String.raw`[\w.~%:/?#[\]@!$&'()*+,;=-]*`

export interface UriTemplate {
  /** Matches what the template can be expanded to. */
  readonly expression: RegExp
  /** Each may be of any length: with few of them, matching takes little time. */
  readonly variables: number
}

/** Undefined where the text is no template: it then stands for itself alone. Variables have no modifiers: topics are no lists. */
export function parseUriTemplate(text: string): UriTemplate | undefined {
  let variables = 0
  let source = ''
  let end = 0
  for (const { 0: whole, 1: operator = '', 2: names = '', index } of text.matchAll(expression)) {
    const list = names.split(',')
    variables += list.length
    source += RegExp.escape(text.slice(end, index)) + expansionOf(operators[operator] ?? operators[''], list)
    end = index + whole.length
  }
  const rest = source + RegExp.escape(text.slice(end))
  return variables === 0 || /[{}]/.test(text.replace(expression, '')) ? undefined : { expression: new RegExp(`^${rest}$`), variables }
}

/** A variable without a value is left out, and all of them with what comes before the first. */
function expansionOf({ first, separator, isNamed, isOpen }: Operator = { first: '', separator: ',' }, names: readonly string[]): string {
  const value = isOpen ? anyCharacter : unreserved
  const values = names.map((name) => (isNamed ? `${RegExp.escape(name)}(?:=${value})?` : value))
  return `(?:${RegExp.escape(first)}${values.map((one, at) => (at === 0 ? one : `(?:${RegExp.escape(separator)}${one})?`)).join('')})?`
}
