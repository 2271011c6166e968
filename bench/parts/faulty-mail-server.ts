import { startMailServer } from '../../tools/servers/smtp.ts'
import { startBehindProxy } from './behind-proxy.ts'
import type { OptionalPart } from './optional-part.ts'

export async function startFaultyMailServer(): Promise<OptionalPart> {
  const { url, ...server } = await startBehindProxy(() => startMailServer())
  return { name: 'mail', calls: ['send'], settings: { MAILER_DSN: url, APP_SENDER_EMAIL: 'media@holdfast.example' }, ...server }
}
