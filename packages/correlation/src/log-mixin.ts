import { type Correlation, currentCorrelation } from './correlation.ts'

/** The ids of the current story under the names they have in a log line. For pino's `mixin`; empty outside of any story. */
export function logMixin(): Record<string, string> {
  const correlation = currentCorrelation()
  return correlation === undefined ? {} : logFields(correlation)
}

function logFields({ correlationId, trace, messageId, tenant, principal }: Correlation): Record<string, string> {
  const fields: Record<string, string> = { correlation_id: correlationId }
  if (trace !== undefined) fields['trace_id'] = trace.traceId
  if (messageId !== undefined) fields['message_id'] = messageId
  if (tenant !== undefined) fields['tenant'] = tenant
  if (principal !== undefined) fields['principal'] = principal
  return fields
}
