import { type Incoming, incoming } from '@holdfast/messenger'
import { z } from 'zod'
import { userDeleted } from '../media/messages.ts'

/** As other systems write it: camel case, or what PHP and Python are used to. */
const deletedUser = z.union([
  z.object({ userId: z.uuid() }).transform(({ userId }) => userId),
  z.object({ user_id: z.uuid() }).transform(({ user_id }) => user_id),
])

/** Messages of other systems -> ours. Their types stand in the header `type` or in the property of that name. */
export const foreignMessages: readonly Incoming[] = [
  incoming(userDeleted, ({ type, bytes }) =>
    type === 'user.deleted' ? { userId: deletedUser.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))) } : undefined,
  ),
]
