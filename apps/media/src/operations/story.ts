import type { Sql, SqlValue } from '@holdfast/database'
import type { MessageHistory, MessageState } from '@holdfast/messenger'
import { Failure } from '../kernel/failure.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import { type AuditRow, auditColumns } from './audit-chain.ts'
import { type AuditEntry, toAuditEntry } from './list-audit.ts'
import { type RecordedRequest, requestsOfStory } from './record-request.ts'

export interface StoryDeps {
  readonly read: Sql
  /** Of every tenant, oldest first. */
  readonly findMessages: (correlationId: string) => Promise<readonly MessageHistory[]>
}

export interface Story {
  readonly correlationId: string
  /** Those that changed something, in the order they came. */
  readonly requests: readonly RecordedRequest[]
  /**
   * In the order they were made; the first 1,000. Among them is what was done to the story's messages by hand, as a retry of one that had
   * failed: that was another request, and its entry names the story of its own.
   */
  readonly changes: readonly AuditEntry[]
  readonly messages: readonly MessageHistory[]
  /** `failed`: a message will not be handled unless somebody retries it. `running`: one still waits, perhaps for weeks. */
  readonly outcome: 'running' | 'done' | 'failed'
}

const maxChanges = 1_000

/**
 * What one correlation id has brought about in the principal's tenant, from the database alone. Clients choose these ids, so two tenants
 * may use the same: each sees its own part. Needs `operate`. Throws `story.unknown`.
 */
export async function story(deps: StoryDeps, principal: Principal, correlationId: string): Promise<Story> {
  demand(principal, 'operate')
  const found = await deps.findMessages(correlationId)
  const messages = found.filter(({ tenant }) => tenant === principal.tenantId)
  const requests = await requestsOfStory(deps.read, principal.tenantId, correlationId)
  const changes = await changesOf(deps.read, principal.tenantId, correlationId, messages)
  if (requests.length + messages.length + changes.length === 0) {
    throw new Failure('not_found', 'story.unknown', 'nothing here belongs to this correlation id')
  }
  return { correlationId, requests, changes: changes.map(toAuditEntry), messages, outcome: outcomeOf(messages.map(({ state }) => state)) }
}

async function changesOf(sql: Sql, tenantId: string, correlationId: string, messages: readonly MessageHistory[]): Promise<AuditRow[]> {
  const find = (where: string, values: readonly SqlValue[]) =>
    sql.all<AuditRow>(`SELECT ${auditColumns} FROM audit WHERE tenant_id = ? AND ${where} ORDER BY id LIMIT ?`, [
      tenantId,
      ...values,
      maxChanges,
    ])
  const own = await find('correlation_id = ?', [correlationId])
  if (messages.length === 0) return own
  const marks = messages.map(() => '?').join(', ')
  const ids = messages.map(({ id }) => id)
  const byHand = await find(`subject_id IN (${marks}) AND subject_kind = 'message' AND correlation_id <> ?`, [...ids, correlationId])
  return [...own, ...byHand].toSorted((one, other) => one.id - other.id).slice(0, maxChanges)
}

const unfinished: ReadonlySet<MessageState> = new Set(['pending', 'dispatched', 'leased'])

function outcomeOf(states: readonly MessageState[]): Story['outcome'] {
  if (states.includes('failed')) return 'failed'
  return states.some((state) => unfinished.has(state)) ? 'running' : 'done'
}
