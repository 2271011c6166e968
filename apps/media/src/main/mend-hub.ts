import { messageOf } from './message-of.ts'

/** What an operator can do about a hub that does not take updates, by its words. */
export function mendHub(error: unknown): string {
  const meanwhile = 'updates wait meanwhile'
  switch (/\((\d{3})\)$/.exec(messageOf(error))?.[1]) {
    case '401':
      return `check that the hub has the secret of MERCURE_JWT_SECRET (HS256) and trusts the issuer of MERCURE_JWT_ISSUER, that it calls itself by MERCURE_PUBLIC_URL or MERCURE_URL, and that it speaks MERCURE_PROTOCOL; ${meanwhile}`
    case '403':
      return `check that whoever has the secret of MERCURE_JWT_SECRET may publish there, and that the hub speaks MERCURE_PROTOCOL; ${meanwhile}`
    case '400':
      return 'check that what is at MERCURE_URL is a hub, and that it speaks MERCURE_PROTOCOL'
    default:
      return `check MERCURE_URL, that it ends in the path of the hub, and that this machine reaches it; ${meanwhile}`
  }
}
