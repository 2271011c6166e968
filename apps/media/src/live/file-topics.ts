import { demand, type Principal } from '../kernel/principal.ts'

export interface SeenFile {
  readonly id: string
  readonly tenantId: string
  /** Null: the whole tenant. Else the user to whom it is private. */
  readonly visibleTo: string | null
}

/** The topic of a file: that of its tenant, or, where it is private, one for each user who may see it: its owner first. */
export const fileTopics = ({ id, tenantId, visibleTo }: SeenFile, readers: readonly string[] = []): string[] => {
  const owners = visibleTo === null ? [ofTenant(tenantId)] : [visibleTo, ...readers].map((userId) => ofUser(tenantId, userId))
  return owners.map((owner) => `${owner}/files/${id}`)
}

/** Patterns of all that a principal may see, with variables as a version of the protocol writes them. Throws `auth.forbidden`. */
export function readableTopics(principal: Principal, variable: (name: string) => string): string[] {
  demand(principal, 'read')
  const { tenantId, userId } = principal
  return [ofTenant(tenantId), ofUser(tenantId, userId)].map((owner) => `${owner}/files/${variable('fileId')}`)
}

const ofTenant = (tenantId: string): string => `/live/${tenantId}`
const ofUser = (tenantId: string, userId: string): string => `${ofTenant(tenantId)}/users/${userId}`
