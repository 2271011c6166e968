import { chownSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for one server, removed when it is disposed. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
}

export function createTemporaryFolder(name: string, owner?: { uid: number; gid: number }): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), `holdfast-${name}-`))
  if (owner !== undefined) chownSync(path, owner.uid, owner.gid)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}
