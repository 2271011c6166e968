import { stripTypeScriptTypes } from 'node:module'

/** What V8 tells of one script in one process: how often each range was run, inner ranges after those around them. */
export interface ScriptCoverage {
  readonly functions: readonly {
    readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[]
  }[]
}

/** Which of a file's characters any process has run. Types are blanks at run time, so places are the same in the source. */
export class CoveredFile {
  readonly #code: string
  readonly #covered: Uint8Array

  constructor(source: string) {
    this.#code = stripTypeScriptTypes(source)
    this.#covered = new Uint8Array(source.length)
  }

  add({ functions }: ScriptCoverage): void {
    const run = new Uint8Array(this.#covered.length)
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) run.fill(count > 0 ? 1 : 0, startOffset, endOffset)
    }
    for (const [index, isRun] of run.entries()) if (isRun === 1) this.#covered[index] = 1
  }

  /** Each line that holds code, by its number, and whether any of it was run. */
  lines(): ReadonlyMap<number, boolean> {
    const lines = new Map<number, boolean>()
    let from = 0
    for (const [index, line] of this.#code.split('\n').entries()) {
      if (isCode(line)) lines.set(index + 1, this.#covered.subarray(from, from + line.length).includes(1, line.search(/\S/)))
      from += line.length + 1
    }
    return lines
  }
}

/** Neither blank, nor a comment, nor only the end of something. */
const isCode = (line: string): boolean => /[\w$]/.test(line) && !/^\s*(\/\/|\/?\*|import\b|export \{)/.test(line)
