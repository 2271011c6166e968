import { type Incoming, incoming } from '@holdfast/messenger'
import { userDeleted } from '../media/messages.ts'

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
