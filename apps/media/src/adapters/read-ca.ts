import { readFileSync } from 'node:fs'

/** The certificates that `cacertfile` in an address names. Throws without its value. */
export function readCa(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Error('cacertfile names a file that cannot be read', { cause })
  }
}
