import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'

/** Why a test has no file system of a few megabytes for itself; false where it can mount one. */
export const cannotMount: string | false = tryMount()

function tryMount(): string | false {
  if (process.getuid?.() !== 0) return 'only root can mount a small file system'
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()], { stdio: 'ignore' })
    return false
  } catch {
    return 'this machine does not let root mount a small file system'
  }
}
