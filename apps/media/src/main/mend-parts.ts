import { DatabaseUnavailable } from '@holdfast/database'
import { MessengerError } from '@holdfast/messenger'
import { Failure } from '../kernel/failure.ts'
import type { Config } from './config.ts'
import { mendStorage } from './mend-storage.ts'

/** What an operator can do about a part, by the words of whoever refused. */

export function mendDatabase(error: unknown): string {
  if (!(error instanceof DatabaseUnavailable)) return 'run `holdfast migrate`'
  const { reason } = error
  if (/ACCESS_DENIED/.test(reason))
    return 'check the user and the password in DATABASE_URL, what that user may do, and whether it must use TLS'
  if (/BAD_DB/.test(reason)) return 'make the database that DATABASE_URL names'
  if (/SSL|CERT/.test(reason)) return 'check ssl-mode and ssl-ca in DATABASE_URL, and the certificate of the server'
  if (/SQLITE/.test(reason)) return 'check the file that DATABASE_URL names, its permissions and its room'
  return 'check the host and the port in DATABASE_URL, and that this machine reaches it'
}

export function mendBroker(error: unknown): string {
  if (error instanceof MessengerError && error.code === 'messenger.misconfigured') {
    return 'run `holdfast migrate` to declare what is missing; delete first what has our name and is not ours'
  }
  return 'check MESSENGER_TRANSPORT_DSN, its user, password and virtual host, and that this machine reaches it; messages wait meanwhile'
}

export function mendSearch(error: unknown): string {
  const words = error instanceof Error ? error.message : ''
  if (/not filled/.test(words)) return 'run `holdfast search reindex`, or wait: the process that leads fills it'
  if (/answered 40[13]/.test(words)) return 'check the user and the password in SEARCH_URL, and what that user may do'
  return 'check SEARCH_URL, and that this machine reaches it; meanwhile the database is searched'
}

export const mendRedis =
  'check REDIS_URL, its user, password and database, and that the node is no replica and has room; meanwhile each process counts requests and keeps listings by itself'

export const mendMail = ({ mail: { to } }: Config): string =>
  'folder' in to
    ? 'check the folder that MAILER_DSN names, and its permissions'
    : 'check MAILER_DSN, its user, password and port, and the certificate of the server; mails wait meanwhile'

/** Of what could not even be opened. */
export function mendOpening({ blobs }: Config, error: unknown): string {
  if (error instanceof DatabaseUnavailable) return mendDatabase(error)
  if (error instanceof Failure && error.code === 'storage.unavailable') return mendStorage(blobs, error)
  return 'mend the part that it names'
}
