/** What moves by itself in a process, by its name among the parts. */
export const loopNames: ReadonlySet<string> = new Set(['worker', 'periodic', 'relay'] as const)
