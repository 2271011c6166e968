import { message } from '@holdfast/messenger'
import { z } from 'zod'

// Ids and numbers only: names and addresses are read when the mail is written, and are gone with their owner.

const toUser = z.object({ userId: z.uuid() })

/** Sent with a new user. */
export const welcomeMail = message('mail.welcome.v1', toUser, { lane: 'external' })

/** Sent with a key that a user has made. */
export const newApiKeyMail = message('mail.new-api-key.v1', z.object({ apiKeyId: z.uuid() }), { lane: 'external' })

export const mailMessages = [welcomeMail, newApiKeyMail] as const
