import type { FailedAttempt, StoredMessage } from '../transport.ts'

/** Property -> column, once for every statement. */
export const messageColumns = {
  id: 'id',
  name: 'name',
  lane: 'lane',
  payload: 'payload',
  correlationId: 'correlation_id',
  causationId: 'causation_id',
  traceparent: 'traceparent',
  tenant: 'tenant',
  dedupeKey: 'dedupe_key',
  createdAt: 'created_at',
  dueAt: 'due_at',
  notAfter: 'not_after',
  state: 'state',
  attempt: 'attempt',
  leaseToken: 'lease_token',
  leaseUntil: 'lease_until',
  dispatchedAt: 'dispatched_at',
  startedAt: 'started_at',
  worker: 'worker',
  handledAt: 'handled_at',
  lastError: 'last_error',
} as const satisfies Record<keyof StoredMessage, string>

export const attemptColumns = {
  id: 'id',
  messageId: 'message_id',
  attempt: 'attempt',
  worker: 'worker',
  startedAt: 'started_at',
  endedAt: 'ended_at',
  error: 'error',
} as const satisfies Record<keyof FailedAttempt, string>

export const properties = <Key extends string>(columns: Readonly<Record<Key, string>>) => Object.keys(columns) as Key[]

/** `id, due_at AS dueAt, …`: a row comes back in the shape of its properties. */
export const selection = (columns: Readonly<Record<string, string>>) =>
  Object.entries(columns)
    .map(([property, column]) => (property === column ? column : `${column} AS ${property}`))
    .join(', ')

export const insertion = (table: string, columns: Readonly<Record<string, string>>, rows = 1) => {
  const names = Object.values(columns)
  const row = `(${names.map(() => '?').join(', ')})`
  return `INSERT INTO ${table} (${names.join(', ')}) VALUES ${Array.from({ length: rows }, () => row).join(', ')}`
}
