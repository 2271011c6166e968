/** One thing that must hold in the whole repository. The working directory is the repository's root. */
export interface Gate {
  readonly name: string
  readonly holds: string
  /** It asks a server of strangers: that it could not be reached counts as a failure only where `--strict` says so. */
  readonly mayBeAway?: true
  check(): Promise<Finding>
}

export interface Finding {
  /** How many files were looked at; a gate that saw none has failed. */
  readonly files: number
  /** What is wrong, each to be read alone; empty when all is well. */
  readonly problems: readonly string[]
  /** What it needs and could not reach, so that nothing was found for another reason than that all is well. */
  readonly unreached?: string
}
