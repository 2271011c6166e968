/**
 * Called with the name of the step that was just made. The torture test kills the process there; everywhere else it does nothing. Names:
 * `upload.reserved`, `upload.stored`, `purge.decided`, `purge.deleted`, `purge.finished`, `erase.decided`, `erase.deleted`, `blob.deleted`.
 */
export type CrashPoint = (name: string) => void
