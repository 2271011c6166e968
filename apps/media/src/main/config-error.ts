export interface ConfigProblem {
  readonly name: string
  readonly reason: string
  readonly suggestion: string
}

/** Every problem at once, each with a name, a reason and a suggestion, and no value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ name, reason, suggestion }) => `  ${name} ${reason}: ${suggestion}`)
    super(`${problems.length === 1 ? 'a setting is' : `${problems.length} settings are`} wrong\n${lines.join('\n')}`)
    this.problems = problems
  }
}
