import { Failure } from './failure.ts'

export const roles = ['viewer', 'editor', 'admin', 'ops'] as const
export type Role = (typeof roles)[number]

/** What a role lets its holder do. A principal may do whatever any of its roles lets it. */
export type Right = 'read' | 'write' | 'administer' | 'operate'

const rights: Readonly<Record<Role, readonly Right[]>> = {
  viewer: ['read'],
  editor: ['read', 'write'],
  admin: ['read', 'write', 'administer'],
  ops: ['operate'],
}

/** Who asks: one user of one tenant, by a token or an API key. */
export interface Principal {
  readonly tenantId: string
  readonly userId: string
  readonly roles: readonly Role[]
}

export function may(principal: Principal, right: Right): boolean {
  return principal.roles.some((role) => rights[role].includes(right))
}

/** Throws `auth.forbidden`. */
export function demand(principal: Principal, right: Right): void {
  if (!may(principal, right)) {
    throw new Failure('forbidden', 'auth.forbidden', `this needs the right to ${right}, which none of your roles gives`)
  }
}
