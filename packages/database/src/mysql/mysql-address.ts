import { type MysqlTls, parseTls } from './mysql-tls.ts'

/** One node of the database, as the driver takes it. */
export interface MysqlAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** Undefined: in the clear. */
  readonly tls: MysqlTls | undefined
}

/**
 * Parses `mysql://user:password@host:port/database`, with TLS where `?ssl-mode=VERIFY_IDENTITY`, `?ssl-mode=VERIFY_CA` or `?ssl-ca=PATH`
 * follow. Throws an Error that never shows the text: it holds a password.
 */
export function parseMysqlUrl(text: string): MysqlAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const database = decodeURIComponent(url?.pathname.slice(1) ?? '')
  if (url?.protocol !== 'mysql:' || url.hostname === '' || url.username === '' || database === '' || database.includes('/')) {
    throw new Error('a MySQL address is written as mysql://USER:PASSWORD@HOST:PORT/DATABASE')
  }
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
    tls: parseTls(url),
  }
}
