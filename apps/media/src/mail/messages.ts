import { message } from '@holdfast/messenger'
import { z } from 'zod'

// Ids and numbers only: names and addresses are read when the mail is written, and are gone with their owner.

const lane = { lane: 'external' } as const
const toUser = z.object({ userId: z.uuid() })
const count = z.int().min(0)

/** Sent with a new user. */
export const welcomeMail = message('mail.welcome.v1', toUser, lane)

/** Sent when somebody wants to set another password for the user, or for one that is none. */
export const passwordResetMail = message('mail.password-reset.v1', toUser, lane)

/** Sent with another password. `changedAt` in milliseconds since 1970. */
export const passwordChangedMail = message('mail.password-changed.v1', toUser.extend({ changedAt: count }), lane)

/** Sent with a key that a user has made. */
export const newApiKeyMail = message('mail.new-api-key.v1', z.object({ apiKeyId: z.uuid() }), lane)

/** Sent to each administrator of a tenant whose room is nearly used. */
export const quotaNearlyFullMail = message('mail.quota-nearly-full.v1', toUser.extend({ usedBytes: count, quotaBytes: count }), lane)

/**
 * Sent before files of a user leave the trash for good: those due until `dueUntil` that the mail before had not told of, which went at `toldAt` and
 * told of those due until `toldUntil`. Milliseconds since 1970; 0 where there was none.
 */
export const purgeComingMail = message('mail.purge-coming.v1', toUser.extend({ dueUntil: count, toldAt: count, toldUntil: count }), lane)

/** Sent to the operators when more messages have failed. */
export const failedMessagesMail = message(
  'mail.failed-messages.v1',
  z.object({ lanes: z.array(z.object({ lane: z.string(), failed: count })) }),
  lane,
)

export const mailMessages = [
  welcomeMail,
  passwordResetMail,
  passwordChangedMail,
  newApiKeyMail,
  quotaNearlyFullMail,
  purgeComingMail,
  failedMessagesMail,
] as const
