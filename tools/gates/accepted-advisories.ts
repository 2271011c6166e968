export interface AcceptedAdvisory {
  /** As the audit names it: `GHSA-…`. */
  readonly id: string
  readonly reason: string
  /** From this day on it is looked at again: `2030-01-31`. */
  readonly until: string
}

/** Advisories of npm that do not concern us, and why. Few, and none for ever. */
export const acceptedAdvisories: readonly AcceptedAdvisory[] = []
