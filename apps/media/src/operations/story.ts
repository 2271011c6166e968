import type { Sql } from '@holdfast/database'
import { Failure } from '../kernel/failure.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import { type AuditRow, auditColumns } from './audit-chain.ts'
import { type AuditEntry, toAuditEntry } from './list-audit.ts'

/** What each part that takes part in stories must tell; it may tell more, and the story passes it on. */
export interface StoryPart {
  readonly tenantId: string | null
  /** `failed`: it will not come to an end by itself. */
  readonly outcome: 'running' | 'done' | 'failed'
}

export interface StoryDeps<Request extends StoryPart, Message extends StoryPart> {
  readonly read: Sql
  /** The requests with an idempotency key, in the order they came. */
  readonly findRequests: (correlationId: string) => Promise<readonly Request[]>
  /** The messages, in the order they were sent. */
  readonly findMessages: (correlationId: string) => Promise<readonly Message[]>
}

export interface Story<Request, Message> {
  readonly correlationId: string
  readonly requests: readonly Request[]
  /** In the order they were made. */
  readonly changes: readonly AuditEntry[]
  readonly messages: readonly Message[]
  /** `failed` when a part has failed, else `running` while one runs or waits. */
  readonly outcome: StoryPart['outcome']
}

const maxChanges = 1_000

/**
 * What one correlation id has brought about in the principal's tenant, from the database alone. Clients choose these ids, so two tenants
 * may use the same: each sees its own part. Needs `operate`. Throws `story.unknown`.
 */
export async function story<Request extends StoryPart, Message extends StoryPart>(
  deps: StoryDeps<Request, Message>,
  principal: Principal,
  correlationId: string,
): Promise<Story<Request, Message>> {
  demand(principal, 'operate')
  const ofTenant = <Part extends StoryPart>(parts: readonly Part[]) => parts.filter(({ tenantId }) => tenantId === principal.tenantId)
  const requests = ofTenant(await deps.findRequests(correlationId))
  const messages = ofTenant(await deps.findMessages(correlationId))
  const changes = await deps.read.all<AuditRow>(
    `SELECT ${auditColumns} FROM audit WHERE correlation_id = ? AND tenant_id = ? ORDER BY id LIMIT ?`,
    [correlationId, principal.tenantId, maxChanges],
  )
  if (requests.length + messages.length + changes.length === 0) {
    throw new Failure('not_found', 'story.unknown', 'nothing here belongs to this correlation id')
  }
  return { correlationId, requests, changes: changes.map(toAuditEntry), messages, outcome: outcomeOf([...requests, ...messages]) }
}

function outcomeOf(parts: readonly StoryPart[]): StoryPart['outcome'] {
  for (const outcome of ['failed', 'running'] as const) {
    if (parts.some((part) => part.outcome === outcome)) return outcome
  }
  return 'done'
}
