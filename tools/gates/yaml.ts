import { readFile } from 'node:fs/promises'
import { registerHooks } from 'node:module'
import type * as WorkflowParser from '@actions/workflow-parser'
import { type Document, isAlias, isScalar, LineCounter, type ParsedNode, parseAllDocuments, visit } from 'yaml'
import type { Gate } from './gate.ts'
import { repositoryFiles } from './repository-files.ts'

export const yaml: Gate = {
  name: 'yaml',
  holds: 'YAML that means the same to every reader; workflows as GitHub reads them (@actions/workflow-parser)',
  async check() {
    const files = await repositoryFiles('*.yml', '*.yaml')
    const problems = await Promise.all(files.map(async (path) => problemsOf(path, await readFile(path, 'utf8'))))
    return { files: files.length, problems: problems.flat() }
  },
}

/** Plain words that YAML 1.1 takes for something else than 1.2 does: for a truth, an octal, or a number to the base of 60. */
const readTwoWays = /^(?:y|n|yes|no|on|off|0[0-9]+|[0-9]+(?::[0-5]?[0-9])+)$/i
const maxColumns = 160

async function problemsOf(path: string, text: string): Promise<string[]> {
  const lineCounter = new LineCounter()
  const at = (offset: number): string => `${path}:${lineCounter.linePos(offset).line}`
  const isWorkflow = path.includes('.github/workflows/')
  const documents = parseAllDocuments(text, { lineCounter, merge: true, prettyErrors: false, strict: true, uniqueKeys: true })
  // An empty file has none.
  const found = [...documents].flatMap((document) => [
    ...[...document.errors, ...document.warnings].map(({ pos, message }) => `${at(pos[0])} ${message}`),
    ...problemsOfNodes(document, isWorkflow, at),
  ])
  const long = text
    .split('\n')
    .flatMap((line, index) => (line.length > maxColumns ? [`${path}:${index + 1} is longer than ${maxColumns} columns`] : []))
  return [...found, ...long, ...(isWorkflow ? await problemsOfWorkflow(path, text) : [])]
}

function problemsOfNodes(document: Document.Parsed, isWorkflow: boolean, at: (offset: number) => string): string[] {
  const [anchors, aliases, told] = [new Map<string, number>(), new Set<string>(), [] as string[]]
  visit(document, (key, node) => {
    const { range, anchor } = (node ?? {}) as Partial<ParsedNode> & { readonly anchor?: string }
    if (anchor !== undefined) anchors.set(anchor, range?.[0] ?? 0)
    if (isAlias(node)) aliases.add(node.source)
    if (!isScalar(node) || node.type !== 'PLAIN' || !readTwoWays.test(node.source ?? '')) return
    // The key that GitHub chose.
    if (!(isWorkflow && key === 'key' && node.source === 'on'))
      told.push(`${at(range?.[0] ?? 0)} ${node.source} is read in two ways: quote it`)
  })
  const unused = [...anchors].filter(([anchor]) => !aliases.has(anchor))
  return [...told, ...unused.map(([anchor, offset]) => `${at(offset)} nothing refers to &${anchor}`)]
}

async function problemsOfWorkflow(name: string, content: string): Promise<string[]> {
  const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await importParser()
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter())
  if (value !== undefined) await convertWorkflowTemplate(context, value)
  return context.errors.getErrors().map(({ message }) => message)
}

/** It is written for bundlers: its JSON is imported without the attribute that Node wants. */
function importParser(): Promise<typeof WorkflowParser> {
  const hooks = registerHooks({
    load: (url, context, next) =>
      next(url, url.endsWith('.json') ? { ...context, importAttributes: { ...context.importAttributes, type: 'json' } } : context),
  })
  return import('@actions/workflow-parser').finally(() => hooks.deregister())
}
