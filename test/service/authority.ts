import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../../tools/servers/run-command.ts'

export interface Certificate {
  /** Paths of PEM files that every user of this machine can read. */
  readonly key: string
  readonly cert: string
}

/** A certificate authority that nobody else trusts. */
export interface Authority {
  /** Path of its own certificate, in PEM. */
  readonly ca: string
  /** For a server of this DNS name, in two files of the folder. */
  certify(name: string, folder: string): Promise<Certificate>
}

/** Its files are in the folder, under its name. */
export async function makeAuthority(folder: string, name: string): Promise<Authority> {
  const authority = await issue(folder, name, ['-subj', `/CN=${name}`])
  return {
    ca: authority.cert,
    certify: (host, into) =>
      issue(into, 'server', [
        ...['-CA', authority.cert, '-CAkey', authority.key, '-subj', `/CN=${host}`],
        ...['-addext', `subjectAltName=DNS:${host}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
      ]),
  }
}

async function issue(folder: string, name: string, args: readonly string[]): Promise<Certificate> {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)]
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc']
  await runCommand('openssl', ['req', '-x509', ...newKey, '-days', '2', '-keyout', key, '-out', cert, ...args])
  await chmod(key, 0o644)
  return { key, cert }
}
