import {
  addToCorrelation,
  currentCorrelation,
  formatTraceparent,
  newCorrelationId,
  parseTraceparent,
  runWithCorrelation,
  startTrace,
} from '@holdfast/correlation'
import { inDeliverySpan } from '@holdfast/correlation/opentelemetry'
import type { Envelope, Stamp } from '@holdfast/messenger'

/** The story that runs now; one of its own for what nobody asked for. */
export const currentStoryId = (): string => currentCorrelation()?.correlationId ?? newCorrelationId()

/** What a dispatched message takes along of the story that dispatches it. */
export function stamp(): Stamp {
  const correlationId = currentStoryId()
  const { tenant, trace, messageId = correlationId } = currentCorrelation() ?? {}
  return { correlationId, causationId: messageId, tenant, traceparent: trace && formatTraceparent(trace) }
}

/** A message is handled inside the story that it comes from, however long ago that was, and in a trace of its own. */
export const around = (envelope: Envelope, run: () => Promise<void>): Promise<void> =>
  runWithCorrelation({ correlationId: envelope.correlationId, trace: startTrace() }, () => {
    addToCorrelation({ messageId: envelope.id, ...(envelope.tenant !== null && { tenant: envelope.tenant }) })
    const cause = parseTraceparent(envelope.traceparent)
    return inDeliverySpan(`process ${envelope.name}`, { cause, attributes: attributesOf(envelope) }, run)
  })

/** By the semantic conventions for messaging. */
const attributesOf = ({ id, name, lane, attempt, correlationId }: Envelope) => ({
  'messaging.system': 'holdfast',
  'messaging.operation.name': 'process',
  'messaging.operation.type': 'process',
  'messaging.destination.name': lane,
  'messaging.message.id': id,
  'holdfast.message.name': name,
  'holdfast.message.attempt': attempt,
  'holdfast.correlation_id': correlationId,
})

/** For work that the clock or a command begins. */
export const inNewStory = <Result>(work: () => Result): Result => runWithCorrelation({ correlationId: newCorrelationId() }, work)
