/** What a scene has to say. */
export interface Report {
  readonly lines: readonly string[]
  /** What must not have happened. */
  readonly faults: readonly string[]
}
