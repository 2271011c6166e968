import { readCa } from '../read-ca.ts'

/** A mail server, as the driver takes it. */
export interface SmtpAddress {
  readonly host: string
  readonly port: number
  readonly auth: { readonly user: string; readonly pass: string } | undefined
  /** TLS from the first byte. */
  readonly secure: boolean
  /** STARTTLS or nothing: a password never goes over a line that anybody may read. */
  readonly requireTLS: boolean
  readonly tls: { readonly ca?: string }
}

/**
 * Parses `smtp://[USER:PASSWORD@]HOST[:PORT]`, or `smtps://`; with `?cacertfile=PATH` where the certificate is of a CA that Node does not trust by
 * itself. Throws without any value.
 */
export function parseSmtpUrl(text: string): SmtpAddress {
  const url = new URL(text)
  const secure = url.protocol === 'smtps:'
  const path = url.searchParams.get('cacertfile')
  url.searchParams.delete('cacertfile')
  if (url.search !== '' || /[^/]/.test(url.pathname))
    throw new Error('an address of a mail server has nothing after its port but cacertfile')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const auth = url.username === '' ? undefined : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
  return {
    ...{ host, secure, auth },
    port: Number(url.port || (secure ? 465 : 25)),
    requireTLS: !secure && (path !== null || (auth !== undefined && !isLoopback(host))),
    tls: path === null ? {} : { ca: readCa(path) },
  }
}

const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host)
