import type { Sql } from '@holdfast/database'
import { newId } from '../kernel/ids.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'

/** A request that changed something. One that was answered from the store of answers changed nothing, and is none. */
export interface RecordedRequest {
  readonly method: string
  /** As the routes name it: `/v1/files/:fileId`. */
  readonly route: string
  readonly status: number
  readonly userId: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** In the transaction of what the request changes. */
export async function recordRequest(
  tx: Tx,
  principal: Principal,
  request: Pick<RecordedRequest, 'method' | 'route' | 'status'>,
): Promise<void> {
  await tx.sql.run(
    'INSERT INTO request (id, correlation_id, tenant_id, user_id, method, route, status, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    [newId(tx.now), tx.correlationId, principal.tenantId, principal.userId, request.method, request.route, request.status, tx.now],
  )
}

const maxRequests = 1_000

/** Of one tenant, oldest first; the first 1,000. */
export function requestsOfStory(sql: Sql, tenantId: string, correlationId: string): Promise<RecordedRequest[]> {
  return sql.all<RecordedRequest>(
    'SELECT method, route, status, user_id AS userId, at FROM request WHERE correlation_id = ? AND tenant_id = ? ORDER BY id LIMIT ?',
    [correlationId, tenantId, maxRequests],
  )
}
