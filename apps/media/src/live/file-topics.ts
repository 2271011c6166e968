import { demand, type Principal } from '../kernel/principal.ts'

export interface SeenFile {
  readonly id: string
  readonly tenantId: string
  /** Null: the whole tenant. Else the one user who may see it. */
  readonly visibleTo: string | null
}

/** The one topic of a file: that of its tenant, or that of the user to whom it is private. */
export const fileTopic = ({ id, tenantId, visibleTo }: SeenFile): string =>
  visibleTo === null ? `${ofTenant(tenantId)}/files/${id}` : `${ofUser(tenantId, visibleTo)}/files/${id}`

/** Patterns of all that a principal may see, with variables as a version of the protocol writes them. Throws `auth.forbidden`. */
export function readableTopics(principal: Principal, variable: (name: string) => string): string[] {
  demand(principal, 'read')
  const { tenantId, userId } = principal
  return [ofTenant(tenantId), ofUser(tenantId, userId)].map((owner) => `${owner}/files/${variable('fileId')}`)
}

const ofTenant = (tenantId: string): string => `/live/${tenantId}`
const ofUser = (tenantId: string, userId: string): string => `${ofTenant(tenantId)}/users/${userId}`
