import { demand } from '../kernel/principal.ts'
import type { Authenticated } from './authenticate.ts'

/**
 * Whoever is logged in manages their own account, whatever their roles. A key changes the account of its user only with the right to write: what was
 * given to a program for reading locks nobody out. Throws `auth.forbidden`.
 */
export function demandOwnAccount(principal: Authenticated): void {
  if (principal.via === 'api-key') demand(principal, 'write')
}
