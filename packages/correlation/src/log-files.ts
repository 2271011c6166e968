import { randomBytes } from 'node:crypto'
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, statSync, unlinkSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

export interface LogFilesOptions {
  readonly folder: string
  /** Begins the names of its files. */
  readonly name: string
  /** Files that nobody wrote to for this long are removed, whoever wrote them. */
  readonly maxAgeMs: number
  /** The oldest files go first, where all of them together are larger. */
  readonly maxBytes: number
  readonly now?: () => number
}

const slotMs = 600_000
/** So many files hold what is kept; nobody waits for the end of ten minutes. */
const filesOfAll = 32

/**
 * Appends lines to files that a shipper reads: `NAME.HOST.PROCESS.YYYY-MM-DDTHH-M.N.log`, another one every ten minutes. A file is only ever
 * appended to, and never renamed: its name and the offset of a line identify the line for good. A line that cannot be written is left out here.
 * @throws where the folder can be neither made nor written to.
 */
export function createLogFiles(options: LogFilesOptions): { write(line: string): void } {
  const { folder, name, maxBytes, now = Date.now } = options
  const stem = `${name}.${hostname()}.${randomBytes(4).toString('hex')}`
  let file: { readonly fd: number; readonly slot: number } | undefined
  let [count, written, isTorn] = [0, 0, false]
  if (!existsSync(folder)) mkdirSync(folder)
  accessSync(folder, constants.W_OK | constants.X_OK)

  const open = (slot: number): number => {
    if (file?.slot === slot && written < maxBytes / filesOfAll) return file.fd
    close()
    removeOldFiles(options, now())
    const fd = openSync(join(folder, `${stem}.${slotName(slot)}.${count}.log`), 'a', 0o640)
    file = { fd, slot }
    ;[count, written, isTorn] = [count + 1, 0, false]
    return fd
  }
  const close = (): void => {
    if (file !== undefined) closeSync(file.fd)
    file = undefined
  }

  return {
    write(line) {
      try {
        const bytes = Buffer.from(isTorn ? `\n${line}` : line)
        const taken = writeSync(open(Math.floor(now() / slotMs)), bytes)
        written += taken
        // A disk that is full takes half a line: the next one begins anew.
        isTorn = taken < bytes.length
      } catch {
        isTorn = true
      }
    },
  }
}

const slotName = (slot: number): string => new Date(slot * slotMs).toISOString().slice(0, 15).replace(':', '-')

/** Of all who write there: a process that has ended removes nothing any more. */
function removeOldFiles({ folder, maxAgeMs, maxBytes }: LogFilesOptions, now: number): void {
  let kept = 0
  for (const { path, size, mtimeMs } of filesIn(folder).toSorted((one, other) => other.mtimeMs - one.mtimeMs)) {
    kept += size
    if (now - mtimeMs > maxAgeMs || kept > maxBytes) unlessGone(() => unlinkSync(path))
  }
}

function filesIn(folder: string): { readonly path: string; readonly size: number; readonly mtimeMs: number }[] {
  const paths = readdirSync(folder).flatMap((name) => (name.endsWith('.log') ? [join(folder, name)] : []))
  return paths.flatMap((path) => unlessGone(() => ({ path, ...pick(statSync(path)) })) ?? [])
}

const pick = ({ size, mtimeMs }: { readonly size: number; readonly mtimeMs: number }) => ({ size, mtimeMs })

/** Another process may have removed it, or own it. */
function unlessGone<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
