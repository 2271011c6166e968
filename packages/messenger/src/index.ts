export type { Around, DeliveryReport, Observe } from './deliver.ts'
export type { Send, SendOptions } from './direct-send.ts'
export type { DispatchOptions } from './dispatch-options.ts'
export type { Envelope, Stamp } from './envelope.ts'
export type { FailedSelection, FailedStore } from './failed.ts'
export type { Scrub } from './failed-attempt.ts'
export { type Incoming, incoming } from './foreign.ts'
export { type Commit, type Delivery, type DeliveryTransaction, type HandleOptions, type Handler, handle } from './handle.ts'
export type { LaneOptions } from './lanes.ts'
export type { Log } from './log.ts'
export { type Contract, message } from './message.ts'
export { createMessenger, type Messenger, type MessengerOptions, type WorkerOptions } from './messenger.ts'
export { MessengerError, type MessengerErrorCode, type MessengerErrorKind } from './messenger-error.ts'
export type { Outbox } from './outbox.ts'
export { type Outgoing, outgoing } from './outgoing.ts'
export type { ListQuery, Page } from './page.ts'
export type { PruneOptions } from './prune.ts'
export type { Relay, RelayHealth } from './relay.ts'
export { GiveUp, PutBack, RetryAfter, type RetryPolicy } from './retry.ts'
export type { Schedule } from './schedule.ts'
export type { SchemaResult, StandardSchema } from './standard-schema.ts'
export type { MessageHistory } from './story.ts'
export type {
  Broker,
  Capability,
  Carrier,
  Change,
  Deliveries,
  DueClaim,
  DueRows,
  Expected,
  FailedAttempt,
  ForeignForm,
  ForeignMessage,
  Inbox,
  Intake,
  LaneSlots,
  LaneStats,
  MessageReads,
  MessageState,
  MessageWrites,
  PageQuery,
  Parcel,
  StoredMessage,
  TakeIn,
  Transaction,
  Transport,
} from './transport.ts'
export type { Worker, WorkerHealth } from './worker.ts'
export type { StopReason, WorkerLimits } from './worker-limits.ts'
