import { DatabaseUnavailable, UniqueViolation } from '../sql.ts'

/** Errors by number: their names and texts differ between MySQL and MariaDB. */
const duplicate = 1062

/** The server has ended the transaction, or cannot go on with it: nothing of it was kept, and it may be repeated whole. */
const conflicts = new Map([
  [1020, 'ER_CHECKREAD'],
  [1205, 'ER_LOCK_WAIT_TIMEOUT'],
  [1213, 'ER_LOCK_DEADLOCK'],
])

/** This node, or this connection to it, takes no more statements. */
const nodeFailures = new Map([
  [1040, 'ER_CON_COUNT_ERROR'],
  [1047, 'ER_UNKNOWN_COM_ERROR'], // a Galera node that is not in step, or has lost the others
  [1053, 'ER_SERVER_SHUTDOWN'],
  [1152, 'ER_ABORTING_CONNECTION'],
  [1158, 'ER_NET_READ_ERROR'],
  [1159, 'ER_NET_READ_INTERRUPTED'],
  [1160, 'ER_NET_ERROR_ON_WRITE'],
  [1161, 'ER_NET_WRITE_INTERRUPTED'],
  [1203, 'ER_TOO_MANY_USER_CONNECTIONS'],
  [1290, 'ER_OPTION_PREVENTS_STATEMENT'],
  [1836, 'ER_READ_ONLY_MODE'],
  [1927, 'ER_CONNECTION_KILLED'],
  [3169, 'ER_SESSION_WAS_KILLED'],
  [4031, 'ER_CLIENT_INTERACTION_TIMEOUT'],
])

const unavailable = new Map([
  [1021, 'ER_DISK_FULL'],
  [1026, 'ER_ERROR_ON_WRITE'],
  [1030, 'ER_GET_ERRNO'],
  [1041, 'ER_OUT_OF_RESOURCES'],
  [1044, 'ER_DBACCESS_DENIED_ERROR'],
  [1045, 'ER_ACCESS_DENIED_ERROR'],
  [1049, 'ER_BAD_DB_ERROR'],
  [1114, 'ER_RECORD_FILE_FULL'],
  [1180, 'ER_ERROR_DURING_COMMIT'],
  [1206, 'ER_LOCK_TABLE_FULL'], // has rolled all back
  [1317, 'ER_QUERY_INTERRUPTED'],
  [1792, 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION'],
  [1969, 'ER_STATEMENT_TIMEOUT'],
  [3024, 'ER_QUERY_TIMEOUT'],
])

const conflictReasons = new Set(conflicts.values())
const nodeFailureReasons = new Set(nodeFailures.values())

/** The connection broke: nobody knows whether its last statement was carried out. */
export class ConnectionLost extends DatabaseUnavailable {}

/** What the driver throws, as the errors that callers tell apart. */
export function translateError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DatabaseUnavailable) return error
  const { errno, code, fatal } = error as Error & { errno?: unknown; code?: unknown; fatal?: unknown }
  if (errno === duplicate) return new UniqueViolation(error.message, { cause: error })
  if (typeof errno === 'number') {
    const reason = conflicts.get(errno) ?? nodeFailures.get(errno) ?? unavailable.get(errno)
    if (reason !== undefined) return new DatabaseUnavailable(reason, { cause: error })
  }
  // The driver marks what ends a connection: a socket's error, a closed stream, a broken protocol.
  return fatal === true ? new ConnectionLost(typeof code === 'string' ? code : 'CONNECTION_LOST', { cause: error }) : error
}

/** Lost to another transaction: may be repeated at once. */
export const isConflict = (error: unknown): boolean => error instanceof DatabaseUnavailable && conflictReasons.has(error.reason)

/** The connection is of no more use; another node may serve. */
export const endsConnection = (error: unknown): boolean =>
  error instanceof ConnectionLost || (error instanceof DatabaseUnavailable && nodeFailureReasons.has(error.reason))

/** The open transaction is no more, or half of it is not: it must not be committed. */
export const endsTransaction = (error: unknown): error is Error => error instanceof DatabaseUnavailable

/** COMMIT was sent and not answered: all of the transaction was kept, or nothing. */
export const isCommitUnknown = (error: unknown): boolean => error instanceof DatabaseUnavailable && error.reason === 'COMMIT_UNKNOWN'
