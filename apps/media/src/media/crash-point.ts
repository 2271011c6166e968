/**
 * Called with the name of the step that is about to run, and awaited. The torture test kills the process there; everywhere else it does
 * nothing. Names: `upload.reserved`, `upload.stored`, `purge.decided`, `purge.deleted`, …
 */
export type CrashPoint = (name: string) => void
