import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'

/** How connections are encrypted and the server is verified, as the driver takes it. */
export interface MysqlTls {
  /** PEM; the certificates that Node trusts where none is given. */
  readonly ca?: string
  /** Whether the certificate must be for the host that was asked for, and not just of the CA. */
  readonly verifyIdentity: boolean
  readonly rejectUnauthorized: true
  readonly minVersion: 'TLSv1.2'
}

const options = new Set(['ssl-mode', 'ssl-ca'])

/** Reads the options of an address that MySQL's own clients have under the same names. Throws an Error without any value. */
export function parseTls(url: URL): MysqlTls | undefined {
  if ([...url.searchParams.keys()].some((name) => !options.has(name))) {
    throw new Error('a MySQL address has no other options than ssl-mode and ssl-ca')
  }
  const path = url.searchParams.get('ssl-ca')
  const mode = url.searchParams.get('ssl-mode')?.toUpperCase() ?? (path === null ? undefined : 'VERIFY_IDENTITY')
  if (mode === undefined) return undefined
  const verifyIdentity = mode === 'VERIFY_IDENTITY'
  if (!verifyIdentity && mode !== 'VERIFY_CA') {
    throw new Error('ssl-mode is VERIFY_IDENTITY or VERIFY_CA: a server that is not verified may be anybody')
  }
  // The driver would compare the certificate with no address.
  if (verifyIdentity && isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0) {
    throw new Error('ssl-mode VERIFY_IDENTITY needs the name of the server in the address, and no IP; VERIFY_CA does without')
  }
  return { ...(path !== null && { ca: readCa(path) }), verifyIdentity, rejectUnauthorized: true, minVersion: 'TLSv1.2' }
}

function readCa(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Error('ssl-ca names a file that cannot be read', { cause })
  }
}
