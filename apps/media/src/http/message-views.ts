import { z } from 'zod'
import type { AuditEntry } from '../operations/list-audit.ts'
import type { Story } from '../operations/story.ts'
import { id, instant, toInstant, toInstantOrNull } from './wire.ts'

export type MessageHistory = Story['messages'][number]
export type StoredMessage = Omit<MessageHistory, 'failedAttempts'>

/** Counts of one lane. Instants are milliseconds since 1970. */
export interface LaneStats {
  readonly lane: string
  readonly waiting: number
  readonly dispatched: number
  readonly delayed: number
  readonly running: number
  readonly failed: number
  readonly handledLastMinute: number
  readonly oldestWaitingAt: number | null
  readonly oldestRunningAt: number | null
  readonly oldestFailedAt: number | null
  readonly nextDueAt: number | null
}

const count = z.int().min(0)

export const laneSchema = z
  .strictObject({
    lane: z.string(),
    waiting: count,
    dispatched: count,
    delayed: count,
    running: count,
    failed: count,
    handledLastMinute: count,
    oldestWaitingAt: instant.nullable(),
    oldestRunningAt: instant.nullable(),
    oldestFailedAt: instant.nullable(),
    nextDueAt: instant.nullable(),
  })
  .meta({ id: 'Lane' })

export const laneView = (lane: LaneStats) => ({
  ...lane,
  oldestWaitingAt: toInstantOrNull(lane.oldestWaitingAt),
  oldestRunningAt: toInstantOrNull(lane.oldestRunningAt),
  oldestFailedAt: toInstantOrNull(lane.oldestFailedAt),
  nextDueAt: toInstantOrNull(lane.nextDueAt),
})

export const messageSchema = z
  .strictObject({
    id,
    name: z.string(),
    lane: z.string(),
    state: z.enum(['pending', 'dispatched', 'leased', 'done', 'failed', 'cancelled', 'expired']),
    payload: z.string(),
    correlationId: z.string(),
    causationId: z.string().nullable(),
    attempt: count,
    createdAt: instant,
    dueAt: instant,
    startedAt: instant.nullable(),
    handledAt: instant.nullable(),
    worker: z.string().nullable(),
    lastError: z.string().nullable(),
  })
  .meta({ id: 'Message' })

const attemptSchema = z.strictObject({ attempt: count, worker: z.string(), startedAt: instant, endedAt: instant, error: z.string() })

export const toldSchema = z
  .strictObject({ ...messageSchema.shape, failedAttempts: z.array(attemptSchema) })
  .meta({ id: 'MessageWithAttempts' })

export const messageView = (message: StoredMessage) => ({
  id: message.id,
  name: message.name,
  lane: message.lane,
  state: message.state,
  payload: message.payload,
  correlationId: message.correlationId,
  causationId: message.causationId,
  attempt: message.attempt,
  createdAt: toInstant(message.createdAt),
  dueAt: toInstant(message.dueAt),
  startedAt: toInstantOrNull(message.startedAt),
  handledAt: toInstantOrNull(message.handledAt),
  worker: message.worker,
  lastError: message.lastError,
})

export const toldView = (message: MessageHistory) => ({
  ...messageView(message),
  failedAttempts: message.failedAttempts.map(({ attempt, worker, startedAt, endedAt, error }) => ({
    attempt,
    worker,
    startedAt: toInstant(startedAt),
    endedAt: toInstant(endedAt),
    error,
  })),
})

export const auditSchema = z
  .strictObject({
    id: z.int(),
    at: instant,
    actor: z.string(),
    action: z.string(),
    subjectKind: z.string(),
    subjectId: z.string(),
    correlationId: z.string(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' })

export const auditView = (entry: AuditEntry) => ({ ...entry, at: toInstant(entry.at) })

export const storySchema = z
  .strictObject({
    correlationId: z.string(),
    outcome: z.enum(['running', 'done', 'failed']),
    requests: z.array(z.strictObject({ at: instant, method: z.string(), route: z.string(), status: z.int(), userId: z.string() })),
    changes: z.array(auditSchema),
    messages: z.array(toldSchema),
  })
  .meta({ id: 'Story' })

export const storyView = ({ correlationId, outcome, requests, changes, messages }: Story) => ({
  correlationId,
  outcome,
  requests: requests.map((request) => ({ ...request, at: toInstant(request.at) })),
  changes: changes.map(auditView),
  messages: messages.map(toldView),
})
