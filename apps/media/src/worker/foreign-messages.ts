import { type Incoming, incoming, type Outgoing, outgoing } from '@holdfast/messenger'
import { fileEvent, userDeleted } from '../media/messages.ts'

interface DeletedUser {
  readonly userId?: unknown
  readonly user_id?: unknown
}

/**
 * Messages of other systems -> ours. Their types stand in the header `type` or in the property of that name; what a contract then refuses goes to
 * the failed store.
 */
export const foreignMessages: readonly Incoming[] = [
  incoming(userDeleted, ({ type, bytes }) => {
    if (type !== 'user.deleted') return undefined
    const said = JSON.parse(Buffer.from(bytes).toString('utf8')) as DeletedUser
    return { userId: String(said.userId ?? said.user_id) }
  }),
]

/** Ours -> messages of other systems. They bind a queue to the exchange `holdfast.events`, by `file.*` or one of its types. */
export const toldMessages: readonly Outgoing[] = [
  outgoing(fileEvent, ({ type, tenantId, fileId, at }, { id, correlationId }) => ({
    type,
    body: { id, type, at: new Date(at).toISOString(), tenantId, fileId, correlationId },
  })),
]
