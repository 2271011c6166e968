import { messageOf } from './message-of.ts'

const mends: Readonly<Record<string, string>> = {
  400: 'check that what is at MERCURE_URL is a hub, and that it speaks MERCURE_PROTOCOL',
  401: 'check that the hub has the secret of MERCURE_JWT_SECRET (HS256) and trusts the issuer of MERCURE_JWT_ISSUER, that it calls itself by MERCURE_URL or MERCURE_PUBLIC_URL, and that it speaks MERCURE_PROTOCOL; updates wait meanwhile',
  403: 'check that whoever has the secret of MERCURE_JWT_SECRET may publish there, and that the hub speaks MERCURE_PROTOCOL; updates wait meanwhile',
}
const unreached = 'check MERCURE_URL, that it ends in the path of the hub, and that this machine reaches it; updates wait meanwhile'

/** What an operator can do about a hub that does not take updates, by its words. */
export function mendHub(error: unknown): string {
  const status = /\((\d{3})\)$/.exec(messageOf(error))?.[1] ?? ''
  return mends[status] ?? unreached
}
